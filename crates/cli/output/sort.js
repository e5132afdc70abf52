"use strict";
// Text as people sort it: `item 9` before `item 10`.
const words = new Intl.Collator(undefined, { numeric: true });

const smaller = (one, two) => (one < two ? -1 : one > two ? 1 : 0);

const number = text => Number(text.replace(/^(-?)inf$/, "$1Infinity"));
// Whole numbers and decimals of one column, which may have more digits than a number here has.
const digits = text => (/^-?\d+(\.\d+)?$/.test(text) ? BigInt(text.replace(".", "")) : 0n);
function numbers(one, two) {
  const [a, b] = [number(one), number(two)];
  return isNaN(a) - isNaN(b) || smaller(a, b) || smaller(digits(one), digits(two));
}

const zone = /(Z|[+-]\d\d:\d\d)$/;
// Where the clocks are set back, the later of two moments may have the smaller text.
const moment = text => Date.parse(text.replace(" ", "T") + (text.includes(":") && !zone.test(text) ? "Z" : ""));
// A date has milliseconds here; the texts have the rest.
function moments(one, two) {
  return smaller(moment(one), moment(two)) || smaller(one.replace(zone, ""), two.replace(zone, ""));
}

const table = document.querySelector("table");
const heads = [...table.tHead.rows[0].cells];

function sort(place) {
  const head = heads[place];
  const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
  for (const other of heads) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const kind = head.classList;
  const compare = kind.contains("n") ? numbers : kind.contains("t") ? moments : words.compare;
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows].map(row => {
    const cell = row.cells[place];
    return { row, text: cell.textContent, missing: cell.classList.contains("null") };
  });
  // What is missing is last, whichever way.
  rows.sort((one, two) => one.missing - two.missing || (one.missing ? 0 : sign * compare(one.text, two.text)));
  table.tBodies[0].append(...rows.map(({ row }) => row));
}

heads.forEach((head, place) => head.querySelector("button").addEventListener("click", () => sort(place)));
