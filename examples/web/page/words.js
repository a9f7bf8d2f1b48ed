// How English words are said: gruut's lexicon, and its model of letters for the rest.

const FIRST = 33; // code of the first symbol
const SIBILANTS = ["s", "z", "ʃ", "ʒ", "t͡ʃ", "d͡ʒ"];
const VOICELESS = ["p", "t", "k", "f", "θ"];
const BASE = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "th", þ: "th", ı: "i" };

export class Words {
  constructor(lexicon, letters, symbols) {
    this.symbols = symbols;
    this.lexicon = new Map(lexicon.split("\n").map((line) => line.split(" ")));
    this.letters = letters;
  }

  has(word) {
    return this.lexicon.has(word.toLowerCase());
  }

  // Phones of the words of a sentence; ".a" is the name of a letter.
  sentence(words) {
    const said = words.map((word) => this.word(word));
    words.forEach((word, place) => {
      const following = said[place + 1];
      if (!following?.length || !/^[ˈˌiɪɛæɑɔʊuʌəɚeao]/.test(following[0])) return;
      if (word.toLowerCase() === "the") said[place] = ["ð", "i"];
      if (word.toLowerCase() === "to") said[place] = ["t", "u"];
    });
    return said;
  }

  word(written) {
    let word = written.toLowerCase();
    if (word.startsWith(".")) {
      const letter = plain(word[1]);
      const known = [`.${word[1]}`, word[1], `.${letter}`, letter].find((one) => this.has(one));
      const name = known ? this.found(known) : this.guessed(letter);
      return word.endsWith("'s") ? [...name, ...possessive(name)] : name;
    }
    for (const spelling of [word, word.replace(/^'+|'+$/g, ""), plain(word)]) {
      const found = this.found(spelling);
      if (found) return found;
    }
    word = plain(word).replace(/^'+|'+$/g, "");
    if (word.endsWith("'s")) {
      const stem = this.word(word.slice(0, -2));
      return [...stem, ...possessive(stem)];
    }
    return this.guessed(word);
  }

  found(word) {
    const code = this.lexicon.get(word);
    return code && [...code].map((one) => this.symbols[one.charCodeAt(0) - FIRST]);
  }

  // The likeliest phones by gruut's conditional random field (Viterbi).
  guessed(word) {
    if (!word) return [];
    const { labels, transitions } = this.letters;
    const count = labels.length;
    let best = this.scores(word, 0);
    const came = [];
    for (let place = 1; place < word.length; place++) {
      const next = this.scores(word, place);
      const from = new Int32Array(count);
      const reached = new Float64Array(count).fill(-Infinity);
      for (let before = 0; before < count; before++)
        for (let label = 0; label < count; label++) {
          const score = best[before] + transitions[before * count + label];
          if (score > reached[label]) {
            reached[label] = score;
            from[label] = before;
          }
        }
      came.push(from);
      best = reached.map((score, label) => score + next[label]);
    }
    let label = best.indexOf(Math.max(...best));
    const path = [label];
    for (const from of came.reverse()) path.unshift((label = from[label]));
    const phones = path.flatMap((one) => labels[one].split("|"));
    return phones.filter((phone) => phone && phone !== "_");
  }

  scores(word, place) {
    const names = ["bias", `0:${word[place]}`];
    if (place === 0) names.push("begin");
    if (place === word.length - 1) names.push("end");
    for (let away = 1; away < 4; away++) {
      if (place >= away) names.push(`-${away}:${word[place - away]}`);
      if (place + away < word.length) names.push(`+${away}:${word[place + away]}`);
    }
    const scores = new Float64Array(this.letters.labels.length);
    for (const name of names) {
      const own = this.letters.attributes[name] ?? [];
      for (let at = 0; at < own.length; at += 2) scores[own[at]] += own[at + 1];
    }
    return scores;
  }
}

// A word in the letters of English.
function plain(word) {
  const apart = word.normalize("NFKD").replace(/\p{M}/gu, "");
  return apart.replace(/[ßæœøłđðþı]/g, (letter) => BASE[letter]);
}

function possessive(phones) {
  const last = phones.at(-1);
  if (SIBILANTS.includes(last)) return ["ɪ", "z"];
  return VOICELESS.includes(last) ? ["s"] : ["z"];
}
