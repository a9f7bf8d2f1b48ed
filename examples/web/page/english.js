// English text to the symbols that the acoustic model speaks, by the rules and tables of
// keras_pwavenet.text, which reading.py exports.

import { Abbreviations } from "./abbreviations.js";
import { Characters, isLatin, LETTER } from "./characters.js";
import { Numbers } from "./numbers.js";

const ENDS = ".?!";
const VOWEL = /[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüý]/;
const CHUNK_ENDS = [/^[^]*\n\s*\n/, /^[^]*[.?!]\s/, /^[^]*\s/];

export class English {
  constructor(words, rules) {
    this.words = words;
    this.tables = rules.tables;
    this.spelled = new Set(rules.tables.spelled);
    this.lettered = new Set(rules.tables.lettered);
    this.marks = rules.marks.map(([pattern, flags, to]) => [new RegExp(pattern, flags), to]);
    this.characters = new Characters(rules);
    this.abbreviations = new Abbreviations(rules, (word) => words.has(word));
    this.numbers = new Numbers(rules);
  }

  // Sentences of symbols, and what cannot be said.
  read(text) {
    const unsaid = new Set();
    const sentences = [];
    for (const chunk of this.chunks(text)) {
      let tokens = [];
      for (const token of this.tokens(this.characters.cleaned(chunk))) {
        if (token.unsaid) {
          unsaid.add(token.unsaid);
          continue;
        }
        tokens.push(token);
        if (token.pause && ENDS.includes(token.pause)) {
          sentences.push(...this.divided(this.said(tokens)));
          tokens = [];
        }
      }
      sentences.push(...this.divided(this.said(tokens)));
    }
    return { sentences, unsaid: [...unsaid] };
  }

  // The text in pieces that end where sentences do, if they can.
  *chunks(text) {
    const { chunk } = this.tables;
    while (text.length > chunk) {
      let head = text.slice(0, chunk);
      const found = CHUNK_ENDS.map((end) => head.match(end)?.[0] ?? "");
      head = found.find((one) => one.length > Math.floor(chunk / 4)) ?? head;
      yield head;
      text = text.slice(head.length);
    }
    yield text;
  }

  // Words {word}, letters by name with "." before them, pauses {pause}, and {unsaid}.
  tokens(text) {
    const shouted = isShouted(text);
    text = this.numbers.toWords(this.abbreviations.toWords(text));
    for (const [pattern, to] of this.marks) text = text.replace(pattern, to);
    const found = [];
    const { strongest } = this.tables;
    for (const token of this.pieces(text)) {
      const last = found.at(-1);
      if (token.written) found.push(...this.taken(token.written, shouted));
      else if (token.pause && last?.pause) {
        if (strongest.indexOf(token.pause) > strongest.indexOf(last.pause)) last.pause = token.pause;
      } else found.push(token);
    }
    return found.map((_, place) => this.letteredA(found, place));
  }

  *pieces(text) {
    const { strongest } = this.tables;
    const letters = [...text];
    for (let place = 0; place < letters.length; ) {
      const letter = letters[place++];
      if (letter === LETTER) yield { word: `.${letters[place++].toLowerCase()}` };
      else if (strongest.includes(letter)) yield { pause: letter };
      else if (isLatin(letter) || letter === "'") {
        let word = letter;
        while (place < letters.length && (isLatin(letters[place]) || letters[place] === "'"))
          word += letters[place++];
        word = word.replace(/^'+|'+$/g, "");
        if (/\p{L}/u.test(word)) yield { written: word }; // else marks alone
      } else if (!/[\s_]/.test(letter)) {
        const said = this.characters.said(letter);
        if (said === null) yield { unsaid: letter };
        else yield* this.pieces(said);
      }
    }
  }

  // A word, or what it is taken apart into.
  taken(word, shouted) {
    const { most_spelled, most_letters } = this.tables;
    const lower = word.toLowerCase();
    const upper = /\p{Lu}/u.test(word) && !/\p{Ll}/u.test(word);
    const known = this.words.has(lower);
    const letters = (text) => [...text].map((letter) => ({ word: `.${letter}` }));
    if (word.length === 1) return "ai".includes(lower) ? [{ word }] : letters(lower);
    const plural = word.match(/^([A-Z]{2,5})'?s$/)?.[1].toLowerCase();
    if (plural && !(word.at(-2) !== "'" && known))
      return [...letters(plural.slice(0, -1)), { word: `.${plural.at(-1)}'s` }];
    if (upper && !shouted && this.spelled.has(word)) return letters(lower);
    if (known || word.includes("'")) return [{ word: upper ? lower : word }];
    const sounding = VOWEL.test(lower);
    const short = word.length <= most_spelled;
    if (short && ((upper && !(shouted && sounding)) || !sounding)) return letters(lower);
    const apart = word.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/);
    if (apart.length > 1) return apart.flatMap((piece) => this.taken(piece, shouted));
    const found = [];
    for (let start = 0; start < word.length; start += most_letters)
      found.push({ word: word.slice(start, start + most_letters) });
    return found;
  }

  // The letter A where it is no article, as in "vitamin A".
  letteredA(tokens, place) {
    const token = tokens[place];
    if (token.word !== "A" && token.word !== "a") return token;
    const before = tokens[place - 1] ?? { pause: "." };
    const after = tokens[place + 1] ?? { pause: "." };
    const alone = after.pause && (token.word === "A" || before.pause);
    const named = this.lettered.has(before.word?.toLowerCase());
    const among = token.word === "A" && [before, after].some((one) => one.word?.startsWith("."));
    return alone || named || among ? { word: ".a" } : token;
  }

  said(tokens) {
    const written = tokens.filter((token) => token.word);
    const phones = this.words.sentence(written.map((token) => token.word));
    const found = [];
    let pause = null;
    for (const token of tokens) {
      if (token.pause) {
        pause = token.pause;
        continue;
      }
      const own = phones.shift();
      if (!own.length) continue;
      if (found.length) found.push(pause ?? " ");
      pause = null;
      found.push(...own);
    }
    if (!found.length) return found;
    return [...found, pause && ENDS.includes(pause) ? pause : "."];
  }

  // A sentence in parts that are not too long, divided at pauses or words.
  divided(sentence) {
    const { longest, strongest } = this.tables;
    const parts = [];
    while (sentence.length > longest) {
      const head = sentence.slice(0, longest);
      let cut = head.findLastIndex((one) => strongest.includes(one));
      if (cut <= longest / 4) cut = head.lastIndexOf(" ");
      if (cut <= longest / 4) cut = longest - 1;
      const part = head.slice(0, cut + 1);
      sentence = sentence.slice(cut + 1);
      if (!strongest.includes(part.at(-1))) {
        if (part.at(-1) === " ") part.pop();
        part.push(",");
      }
      parts.push(part);
    }
    return sentence.length ? [...parts, sentence] : parts;
  }
}

// Whether a text is all in capitals, so that they mean nothing.
function isShouted(text) {
  const words = text.match(/\p{L}{2,}/gu) ?? [];
  const capitals = words.filter((word) => /\p{Lu}/u.test(word) && !/\p{Ll}/u.test(word));
  return words.length > 2 && capitals.length > 0.7 * words.length;
}
