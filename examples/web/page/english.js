// English text to the symbols that the acoustic model speaks. Less than
// keras_pwavenet.text, which reads what is written in many more ways.

import { numbersToWords } from "./numbers.js";

const LONGEST = 400; // symbols of a sentence
const ENDS = ".?!";
const STRONGEST = ",;:—.!?";
const SPELLED = new Set("US IT UN EU UK AI ID IP PC TV PM AM CD DVD HR PR UI UX CEO".split(" "));
const ABBREVIATIONS = {
  Mr: "mister",
  Mrs: "missus",
  Ms: "ms",
  Dr: "doctor",
  Prof: "professor",
  St: "saint",
  vs: "versus",
  etc: "et cetera",
  "e.g": "for example,",
  "i.e": "that is,",
  approx: "approximately",
};
const SIGNS = {
  "&": "and",
  "@": "at",
  "+": "plus",
  "=": "equals",
  "%": "percent",
  "#": "number",
  "/": "slash",
  "°": "degrees",
  "×": "times",
  "©": "copyright",
};

export class English {
  constructor(words) {
    this.words = words;
  }

  // Sentences of symbols, and what cannot be said.
  read(text) {
    const unsaid = new Set();
    const sentences = [];
    let tokens = [];
    for (const token of this.tokens(text, unsaid)) {
      tokens.push(token);
      if (token.pause && ENDS.includes(token.pause)) {
        sentences.push(...divided(this.said(tokens)));
        tokens = [];
      }
    }
    sentences.push(...divided(this.said(tokens)));
    return { sentences, unsaid: [...unsaid] };
  }

  // Words {word}, letters by name with "." before them, and pauses {pause}.
  *tokens(text, unsaid) {
    const shouted = !/\p{Ll}/u.test(text);
    text = text.normalize("NFKC").replace(/[’ʼ]/g, "'");
    text = text.replace(/\b(e\.g|i\.e|Mrs?|Ms|Dr|Prof|St|vs|etc|approx)\./g, (_, name) => {
      return ` ${ABBREVIATIONS[name]} `;
    });
    text = numbersToWords(text);
    text = text.replace(/\n\s*\n|\n\s*[-*•]\s/g, ". ").replace(/\.{2,}|…/g, ", ");
    text = text.replace(/(?<![\w'])-+|-+(?![\w'])|[–―]/g, "—").replace(/[()[\]{}]/g, ", ");
    text = text.replace(/(?<=\p{L})\.(?=\p{L})/gu, " dot ");
    for (const [piece] of text.matchAll(/[\p{Script=Latin}\p{M}']+|[^]/gu)) {
      if (/\p{Script=Latin}/u.test(piece)) yield* this.taken(piece, shouted);
      else if (STRONGEST.includes(piece)) yield { pause: piece };
      else if (SIGNS[piece]) for (const word of SIGNS[piece].split(" ")) yield { word };
      else if (/[\p{L}\p{S}\p{N}]/u.test(piece)) unsaid.add(piece);
    }
  }

  // A word, or the letters that it is spelled by.
  *taken(piece, shouted) {
    const word = piece.replace(/^'+|'+$/g, "");
    const capitals = /^\p{Lu}+$/u.test(word);
    const spelled = capitals && !shouted && SPELLED.has(word);
    const known = this.words.has(word);
    const few = word.length <= 4 && !known && (capitals && !shouted || !/[aeiouyáéíóúäöü]/i.test(word));
    if ((word.length === 1 && !/[ai]/i.test(word)) || spelled || few)
      for (const letter of word) {
        if (letter !== "'") yield { word: `.${letter.toLowerCase()}` };
      }
    else {
      const apart = known ? [word] : word.split(/(?<=\p{Ll})(?=\p{Lu})/u);
      for (const one of apart) yield { word: one.slice(0, 40) };
    }
  }

  said(tokens) {
    const written = tokens.filter((token) => token.word);
    const phones = this.words.sentence(written.map((token) => token.word));
    const found = [];
    let pause = null;
    for (const token of tokens) {
      if (token.pause) {
        if (!pause || STRONGEST.indexOf(token.pause) > STRONGEST.indexOf(pause))
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
}

// A sentence in parts that are not too long, divided at pauses or words.
function divided(sentence) {
  const parts = [];
  while (sentence.length > LONGEST) {
    const head = sentence.slice(0, LONGEST);
    let cut = head.findLastIndex((one) => STRONGEST.includes(one));
    if (cut <= LONGEST / 4) cut = head.lastIndexOf(" ");
    if (cut <= LONGEST / 4) cut = LONGEST - 2;
    const part = head.slice(0, cut + 1);
    sentence = sentence.slice(cut + 1);
    if (!STRONGEST.includes(part.at(-1))) {
      if (part.at(-1) === " ") part.pop();
      part.push(",");
    }
    parts.push(part);
  }
  return sentence.length ? [...parts, sentence] : parts;
}
