// Whatever has digits in English text, in words: the patterns are the package's, and
// each function here does what its namesake in keras_pwavenet.text does.

import { LETTER } from "./characters.js";
import { cardinal, digits, ordinal, say, year } from "./numerals.js";

const SAY = { cardinal, ordinal };
const DECADES = { 0: "hundreds", 10: "tens" };

export class Numbers {
  constructor({ numbers, tables }) {
    this.tables = tables;
    this.readings = numbers.map(([pattern, flags, name, template]) => {
      const reading = name ? this[name].bind(this) : (found) => filled(template, found);
      return [new RegExp(pattern, flags), reading];
    });
  }

  toWords(text) {
    if (!/\d/.test(text)) return text;
    for (const [pattern, reading] of this.readings)
      text = text.replace(pattern, (...found) => {
        const words = reading(found, found.at(-1));
        return /\p{L}$/u.test(words) ? ` ${words} ` : words;
      });
    return text;
  }

  // Of numbers.py

  _fraction([all, whole, top, bottom]) {
    [top, bottom] = [Number(top), Number(bottom)];
    if (bottom < 2 || bottom > 100 || !top) return all.replaceAll("/", " slash ");
    let below = { 2: "half", 4: "quarter" }[bottom] ?? ordinal(String(bottom));
    if (top > 1) below = bottom === 2 ? "halves" : `${below}s`;
    const said = `${say(top)} ${below}`;
    return whole ? `${cardinal(whole)} and ${said}` : said;
  }

  _long([text]) {
    const number = Number(text);
    return 1100 <= number && number < 2100 && number % 1000 ? year(number) : cardinal(text);
  }

  _dotted([text]) {
    return text.split(".").map(cardinal).join(" point ");
  }

  // Of dates.py

  date(day, month, inYear) {
    const leap = (Number(inYear || 2000) || 4) % 4 === 0;
    const common = Number(inYear) % 100 === 0 && Number(inYear) % 400 !== 0;
    const last = month === 2 ? (leap && !common ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
    if (month < 1 || month > 12 || day < 1 || day > last) return null;
    const said = `${this.tables.months[month - 1]} ${ordinal(String(day))}`;
    return inYear ? `${said} ${yearOf(inYear)}` : said;
  }

  month(name) {
    return this.tables.months.findIndex((one) => one.startsWith(name.slice(0, 3))) + 1;
  }

  _iso_date([all, inYear, month, day]) {
    return this.date(Number(day), Number(month), inYear) ?? all;
  }

  _slash_date([all, first, second, inYear]) {
    [first, second] = [Number(first), Number(second)];
    return this.date(second, first, inYear) ?? this.date(first, second, inYear) ?? all;
  }

  _dotted_date([all, day, month, inYear]) {
    return this.date(Number(day), Number(month), inYear) ?? all;
  }

  _month_day([all, name, day, inYear]) {
    return this.date(Number(day), this.month(name), inYear) ?? all;
  }

  _day_month([all, day, name, inYear]) {
    const month = this.month(name);
    if (this.date(Number(day), month, inYear) === null) return all;
    const rest = inYear ? ` ${year(Number(inYear))}` : "";
    return `the ${ordinal(day)} of ${this.tables.months[month - 1]}${rest}`;
  }

  _time(_, { hour, minute, second, half, end }) {
    [hour, second] = [Number(hour), Number(second ?? 0)];
    const said = [say(hour)];
    if (Number(minute ?? 0)) said.push(Number(minute) < 10 ? `oh ${say(Number(minute))}` : cardinal(minute));
    else if (!half && !second) said.push(hour > 12 || hour === 0 ? "hundred" : "o'clock");
    if (second) said.push(`and ${say(second)} second${second > 1 ? "s" : ""}`);
    if (half) said.push(`${LETTER}${half.trim()[0].toLowerCase()} ${LETTER}m`);
    return said.join(" ") + (end === undefined ? "" : ". ");
  }

  _decade([, century, decade]) {
    decade = Number(decade);
    const tens = DECADES[decade] ?? `${say(decade).slice(0, -1)}ies`;
    if (!century) return tens;
    return century === "20" && !decade ? "two thousands" : `${say(Number(century))} ${tens}`;
  }

  // Of amounts.py

  _phone([text]) {
    const plus = text.trimStart().startsWith("+") ? "plus " : "";
    return plus + text.match(/\d+/g).map(digits).join(", ");
  }

  _money(_, { sign, number, scale }) {
    const { currencies, codes, scales } = this.tables;
    const [one, many, cent, cents] = currencies[codes[sign] ?? sign];
    if (scale) return `${cardinal(number)} ${scales[scale.toLowerCase()] ?? scale} ${many}`;
    const [whole, part] = number.replaceAll(",", "").split(".");
    if (part?.length !== 2 || !cents) return `${cardinal(number)} ${number === "1" ? one : many}`;
    const said = [];
    if (Number(whole) || !Number(part))
      said.push(`${cardinal(whole)} ${Number(whole) === 1 ? one : many}`);
    if (Number(part)) said.push(`${say(Number(part))} ${Number(part) === 1 ? cent : cents}`);
    return said.join(" ");
  }

  _height([, feet, inches]) {
    return `${cardinal(feet)} ${inches ? `foot ${cardinal(inches)}` : "feet"}`;
  }

  _with_unit(_, { number, unit, square }) {
    const [one, many] = this.tables.units[unit.replace("μ", "µ")];
    return `${cardinal(number)} ${square ? "square " : ""}${number === "1" ? one : many}`;
  }
}

function yearOf(text) {
  if (text.length > 2) return year(Number(text));
  return text[0] === "0" ? `oh ${cardinal(text[1])}` : cardinal(text);
}

function filled(template, found) {
  return template.replace(/\{(\w+ )?(\d)\}/g, (_, how, place) => {
    return how ? SAY[how.trim()](found[place]) : found[place];
  });
}
