// Addresses, abbreviations, initials and Roman numerals of English text, in words; as
// keras_pwavenet.text.addresses and .abbreviations do.

import { LETTER } from "./characters.js";
import { digits } from "./numerals.js";

const ALONE = "(?<![\\p{L}\\p{N}_/])"; // not in a word or path
const ENDED = "(?![\\p{L}\\p{N}_/])";

export class Abbreviations {
  constructor({ tables, patterns }, inLexicon) {
    this.tables = tables;
    this.inLexicon = inLexicon;
    this.patterns = {};
    for (const [name, found] of Object.entries(patterns)) this.patterns[name] = new RegExp(...found);
    const [end] = patterns.end;
    const whole = anyOf(Object.keys(tables.whole));
    this.whole = new RegExp(`${ALONE}(${whole})${ENDED}(?:\\.(?:(${end})|))?`, "gu");
    const day = Object.keys(tables.days).join("|");
    this.day = new RegExp(
      `\\b(${day})(?:\\.(?=,|\\s+[a-z\\d])|(?=\\.?\\s?[-–]\\s?(?:${day})\\b)|(?<=[-–]...)(?!\\w))`,
      "gu",
    );
  }

  toWords(text) {
    const { before, names, after, whole, days } = this.tables;
    const { address, joined, street, title, ending, dotted, initial, roman } = this.patterns;
    text = text.replace(address, (found) => this.address(found));
    text = text.replace(this.whole, (_, name, end) => whole[name] + stop(end));
    text = text.replace(joined, (_, one, other) => `${letters(one)} and ${letters(other)}`);
    text = text.replace(this.day, (_, name) => days[name]);
    text = text.replace(/(?<=day)\s?[-–]\s?(?=[A-Z][a-z]+day)/g, " to ");
    text = text.replace(street, (_, name, kind, end) => `${name} ${after[kind]}${stop(end)}`);
    text = text.replace(title, (_, one, other, name) => `${before[one ?? other] ?? names[name]} `);
    text = text.replace(ending, (_, name, end, etc) => after[name ?? etc] + stop(end));
    text = text.replace(dotted, (_, name, end) => letters(name) + stop(end));
    text = text.replace(initial, (_, letter) => `${LETTER}${letter} `);
    return text.replace(roman, (_, name, number) => this.roman(name, number));
  }

  roman(name, written) {
    const { romans, reigned } = this.tables;
    const number = romans.indexOf(written) + 2;
    const ending = { 2: "nd", 3: "rd" }[number] ?? "th";
    return reigned.includes(name) ? `${name} the ${number}${ending}` : `${name} ${number}`;
  }

  address(found) {
    const address = found.replace(/[.,;:!?']+$/, "");
    const said = [];
    for (const [piece] of address.replace(/^https?:\/\//i, "").matchAll(/\p{L}+|\d+|./gu)) {
      const lower = piece.toLowerCase();
      if (/\d/.test(piece)) said.push(digits(piece));
      else if (!/\p{L}/u.test(piece)) said.push(this.tables.signs[piece] ?? piece);
      else if (this.inLexicon(lower) && piece.length > 1) said.push(lower);
      else if (piece.length <= this.tables.short || !/[aeiouy]/.test(lower))
        said.push(...[...piece].map((letter) => LETTER + letter));
      else said.push(piece);
    }
    return ` ${said.join(" ")} ${found.slice(address.length)}`;
  }
}

function anyOf(names) {
  const longest = names.toSorted((one, other) => other.length - one.length);
  return longest.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("|");
}

function stop(end) {
  return end === undefined ? " " : ". ";
}

function letters(text) {
  return [...text.matchAll(/\p{L}/gu)].map((letter) => LETTER + letter).join(" ");
}
