// Numbers of English text, in words.

const SMALL =
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen " +
  "fifteen sixteen seventeen eighteen nineteen";
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
const UNITS = SMALL.split(" ");
const MOST_DIGITS = 15;
const MONEY = {
  $: ["dollar", "dollars", "cent", "cents"],
  "€": ["euro", "euros", "cent", "cents"],
  "£": ["pound", "pounds", "penny", "pence"],
};
const MEASURES = {
  km: "kilometers",
  cm: "centimeters",
  mm: "millimeters",
  kg: "kilograms",
  mg: "milligrams",
  min: "minutes",
  ms: "milliseconds",
  kHz: "kilohertz",
  Hz: "hertz",
  MB: "megabytes",
  GB: "gigabytes",
  "°C": "degrees celsius",
  "°F": "degrees fahrenheit",
  "°": "degrees",
  "%": "percent",
};

function digits(text) {
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

function whole(text) {
  if (text.length > MOST_DIGITS || (text.length > 1 && text[0] === "0")) return digits(text);
  let number = Number(text);
  if (!number) return UNITS[0];
  const said = [];
  for (let group = 0; number; group++, number = Math.floor(number / 1000))
    if (number % 1000) said.unshift(`${below1000(number % 1000)} ${GROUPS[group]}`.trim());
  return said.join(" ");
}

export function cardinal(text) {
  const [front, part] = text.replaceAll(",", "").split(".");
  return part ? `${whole(front || "0")} point ${digits(part)}` : whole(front);
}

export function ordinal(text) {
  const words = cardinal(text).split(" ");
  const last = words.pop();
  const changed = ORDINALS[last] ?? `${last.replace(/y$/, "ie")}th`;
  return [...words, changed].join(" ");
}

function year(text) {
  const [century, rest] = [text.slice(0, 2), text.slice(2)];
  if (text[1] === "0" && text[2] === "0") return whole(text);
  if (rest === "00") return `${whole(century)} hundred`;
  return `${whole(century)} ${rest[0] === "0" ? `oh ${UNITS[rest[1]]}` : whole(rest)}`;
}

function money(sign, number) {
  const [one, many, cent, cents] = MONEY[sign];
  const [front, part] = number.replaceAll(",", "").split(".");
  const said = [];
  if (part?.length !== 2) return `${cardinal(number)} ${number === "1" ? one : many}`;
  if (Number(front) || !Number(part)) said.push(`${whole(front)} ${front === "1" ? one : many}`);
  if (Number(part)) said.push(`${whole(String(Number(part)))} ${part === "01" ? cent : cents}`);
  return said.join(" ");
}

function time(hour, minute, half) {
  const said = [whole(String(Number(hour)))];
  if (Number(minute)) said.push(minute[0] === "0" ? `oh ${UNITS[minute[1]]}` : whole(minute));
  else if (!half) said.push(Number(hour) > 12 ? "hundred" : "o'clock");
  return said.join(" ") + (half ? ` ${half[0].toUpperCase()} M` : "");
}

const NUMBER = "\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?";
const MEASURE = Object.keys(MEASURES).join("|");
// In this order: what is found first is words when the next one looks.
const READINGS = [
  [/\b([01]?\d|2[0-3]):([0-5]\d)(?:\s?([ap])\.?m\b\.?)?/gi, (_, h, m, half) => time(h, m, half)],
  [/(?<=\d)\s?[-–]\s?(?=\d)/g, () => " to "],
  [/(?<![\w)])[-−](?=\d)/g, () => " minus "],
  [new RegExp(`([$€£])\\s?(${NUMBER})`, "g"), (_, sign, number) => money(sign, number)],
  [
    new RegExp(`(${NUMBER})\\s?(${MEASURE})(?![\\w°])`, "g"),
    (_, number, unit) =>
      `${cardinal(number)} ${number === "1" ? MEASURES[unit].replace(/s\b/, "") : MEASURES[unit]}`,
  ],
  [/\b(\d[\d,]*)(?:st|nd|rd|th)\b/g, (_, number) => ordinal(number)],
  [/(?<![\d.,])(?:1[1-9]|20)\d\d(?!\d|[,.]\d)/g, (number) => year(number)],
  [new RegExp(NUMBER, "g"), (number) => cardinal(number)],
];

export function numbersToWords(text) {
  for (const [pattern, reading] of READINGS)
    text = text.replace(pattern, (...found) => ` ${reading(...found)} `);
  return text;
}
