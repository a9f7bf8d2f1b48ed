// Numbers as English says them.

const UNITS = (
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen " +
  "fifteen sixteen seventeen eighteen nineteen"
).split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const GROUPS = ["", "thousand", "million", "billion", "trillion"];
const ORDINALS = {
  one: "first",
  two: "second",
  three: "third",
  five: "fifth",
  eight: "eighth",
  nine: "ninth",
  twelve: "twelfth",
};
const MOST_DIGITS = 15;

export function digits(text) {
  return [...text].map((digit) => UNITS[digit]).join(" ");
}

function below1000(number) {
  const said = [];
  if (number >= 100) said.push(UNITS[Math.floor(number / 100)], "hundred");
  const rest = number % 100;
  if (rest >= 20) {
    said.push(TENS[Math.floor(rest / 10) - 2]);
    if (rest % 10) said.push(UNITS[rest % 10]);
  } else if (rest || !number) said.push(UNITS[rest]);
  return said.join(" ");
}

export function say(number) {
  if (!number) return UNITS[0];
  const said = [];
  for (let group = 0; number; group++, number = Math.floor(number / 1000))
    if (number % 1000) said.unshift(`${below1000(number % 1000)} ${GROUPS[group]}`.trim());
  return said.join(" ");
}

export function cardinal(text) {
  const [front, part] = text.replaceAll(",", "").split(".");
  const long = front.length > MOST_DIGITS || (front.length > 1 && front[0] === "0");
  const said = long ? digits(front) : say(Number(front));
  return part ? `${said} point ${digits(part)}` : said;
}

export function ordinal(text) {
  const plain = text.replaceAll(",", "").replace(/^0+(?=.)/, "");
  if (plain.length > MOST_DIGITS) return `${digits(plain)}th`;
  const words = say(Number(plain)).split(" ");
  const last = words.pop();
  return [...words, ORDINALS[last] ?? `${last.replace(/y$/, "ie")}th`].join(" ");
}

export function year(number) {
  const [century, rest] = [Math.floor(number / 100), number % 100];
  if (number < 1000 || (century % 10 === 0 && rest < 10)) return say(number);
  if (!rest) return `${say(century)} hundred`;
  return `${say(century)} ${rest < 10 ? "oh " : ""}${say(rest)}`;
}
