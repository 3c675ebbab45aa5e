"use strict";
const root = document.documentElement;
const find = (id) => document.getElementById(id);

function theme(name) {
  root.style.colorScheme = name;
  try { localStorage.setItem("theme", name); } catch { /* a page from a file may not store */ }
}
try {
  const kept = localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") root.style.colorScheme = kept;
} catch { /* as above */ }
find("theme").addEventListener("click", () => {
  const now = root.style.colorScheme
    || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  theme(now === "dark" ? "light" : "dark");
});

const table = find("class");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const columns = Object.fromEntries(heads.map((head, index) => [head.dataset.exercise, index]));

function value(row, index) {
  const text = row.cells[index]?.textContent.trim() ?? "";
  const number = Number.parseFloat(text);
  if (heads[index].dataset.sort === "text") return text.toLowerCase();
  return Number.isNaN(number) ? (text ? -1 - text.charCodeAt(0) / 1e5 : -2) : number;
}

function sort(index) {
  const head = heads[index];
  const text = head.dataset.sort === "text";
  const before = head.getAttribute("aria-sort");
  const up = before ? before === "descending" : text;
  heads.forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const keys = new Map(rows.map((row) => [row, value(row, index)]));
  rows.sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    const order = text ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
    return up ? order : -order;
  });
  body.append(...rows);
}
heads.forEach((head, index) => {
  head.querySelector("button").addEventListener("click", () => sort(index));
});

function filter() {
  const wanted = find("search").value.trim().toLowerCase();
  const reason = find("reason").value;
  const column = columns[find("exercise").value];
  let shown = 0;
  for (const row of rows) {
    const cells = column === undefined ? [...row.cells] : [row.cells[column]];
    const fits = !reason
      || (reason === "person" ? "person" in row.dataset
        : cells.some((cell) => cell?.classList.contains(reason)));
    row.hidden = !(fits && row.cells[0].textContent.toLowerCase().includes(wanted));
    shown += !row.hidden;
  }
  find("shown").textContent = `${shown} of ${rows.length} shown`;
}
for (const id of ["search", "reason", "exercise"]) find(id).addEventListener("input", filter);
find("filters").addEventListener("submit", (event) => event.preventDefault());
find("all").addEventListener("click", () => {
  for (const id of ["search", "reason", "exercise"]) find(id).value = "";
  filter();
});
filter();
