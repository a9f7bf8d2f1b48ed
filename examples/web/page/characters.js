// Characters: brought to few forms, and named where they are signs or emoji; as
// keras_pwavenet.text.characters does.

export const LETTER = "\ue000"; // before a letter that is said by its name
const MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f";
const FLAG_A = 0x1f1e6;

export class Characters {
  constructor({ names, tables, patterns }) {
    this.names = names;
    this.kept = tables.kept;
    this.controls = new RegExp(...patterns.controls);
  }

  cleaned(text) {
    text = text.replace(this.controls, "").normalize("NFC");
    text = text.replace(/[\u{1f1e6}-\u{1f1ff}]{2}/gu, (flag) => {
      const letters = [...flag].map((one) => one.codePointAt(0) - FLAG_A + 97);
      return ` flag ${letters.map((code) => String.fromCharCode(code)).join(" ")} `;
    });
    return [...text].map((letter) => this.one(letter)).join("");
  }

  one(letter) {
    if (letter <= "\x7f") return /[ -~\n]/.test(letter) ? letter : " ";
    if ("’ʼ＇".includes(letter)) return "'";
    if (this.kept.includes(letter)) return letter;
    if (/[\p{Co}\p{Cn}\p{Cs}]/u.test(letter)) return "\ufffd";
    if (/[\p{Cf}\p{Me}\ufe00-\ufe0f]/u.test(letter)) return "";
    if (letter.length > 1 && /\p{Sk}/u.test(letter)) return ""; // the colour of a skin
    if (/[\p{Z}\p{Cc}]/u.test(letter)) return " ";
    if (/\p{Nd}/u.test(letter)) return digit(letter);
    const plain = letter.normalize("NFKC");
    return plain.includes("⁄") ? ` ${plain} ` : plain;
  }

  // The words for what is no Latin letter; null for letters of other scripts.
  said(letter) {
    return this.names[letter] ?? (/\p{L}/u.test(letter) ? null : "");
  }
}

const LATIN = new RegExp(`[\\p{Script=Latin}${MARKS}]`, "u");

export function isLatin(letter) {
  return LATIN.test(letter);
}

// Digits of a script stand in tens, one after the other.
function digit(letter) {
  const code = letter.codePointAt(0);
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return String((code - first) % 10);
}
