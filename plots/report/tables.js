/* SPDX-License-Identifier: MIT
 *
 * tables.js: tables that sort by their headers, and one box that filters the rows of all of them. Without
 * scripts nothing of this is shown. A figure with its unit is its own key; what is no figure comes last.
 */
"use strict";
(() => {
  const units = { ns: 1, "µs": 1e3, ms: 1e6, s: 1e9, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
  const keyOf = cell => {
    const text = cell.firstChild ? cell.firstChild.textContent.trim() : "";
    const found = /^(-?[\d.]+)\s*(\S*)/.exec(text);
    return { text, value: found ? parseFloat(found[1]) * (units[found[2]] || 1) : NaN };
  };
  const compare = (a, b, sign) => {
    if (isNaN(a.value) && isNaN(b.value)) return sign * a.text.localeCompare(b.text, "en", { numeric: true });
    if (isNaN(a.value) || isNaN(b.value)) return isNaN(a.value) ? 1 : -1;
    return sign * (a.value - b.value);
  };

  const sortable = table => {
    const body = table.tBodies[0], heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const original = [...body.rows], first = original.length ? original[0].cells.length - heads.length : 0;
    heads.forEach((head, at) => {
      const button = document.createElement("button"), column = at + first;
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        heads.forEach(other => other.removeAttribute("aria-sort"));
        if (order) head.setAttribute("aria-sort", order);
        const sign = order == "descending" ? -1 : 1;
        const keys = new Map(original.map(row => [row, keyOf(row.cells[column])]));
        body.append(...(order ? [...original].sort((a, b) => compare(keys.get(a), keys.get(b), sign)) : original));
      });
    });
  };

  const filterable = (section, tables) => {
    const box = document.createElement("div"), label = document.createElement("label");
    const input = document.createElement("input"), count = document.createElement("p");
    const rows = tables.flatMap(table => [...table.tBodies[0].rows]);
    const group = table => table.closest(".group") || table;
    const texts = new Map(tables.flatMap(table => {
      const title = group(table).querySelector("h3");
      return [...table.tBodies[0].rows].map(row =>
        [row, ((title ? title.textContent : "") + " " + row.cells[0].textContent).toLowerCase()]);
    }));
    box.className = "filter";
    label.htmlFor = input.id = "filter";
    label.textContent = "Show configurations with";
    input.type = "search";
    input.placeholder = "for example: mode=off 700";
    count.setAttribute("role", "status");
    const update = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(word => word);
      rows.forEach(row => { row.hidden = !words.every(word => texts.get(row).includes(word)); });
      tables.forEach(table => { group(table).hidden = [...table.tBodies[0].rows].every(row => row.hidden); });
      count.textContent = rows.filter(row => !row.hidden).length + " of " + rows.length + " configurations";
    };
    input.addEventListener("input", update);
    box.append(label, input, count);
    section.querySelector("h2").after(box);
    update();
  };

  const tables = [...document.querySelectorAll("table.configs")];
  tables.forEach(sortable);
  const section = document.getElementById("table");
  if (section && tables.length) filterable(section, tables.filter(table => section.contains(table)));

  /* A link into something folded opens it. */
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName == "DETAILS") target.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();
  /* On paper nothing can be unfolded; but of very many answers the first lines do. */
  addEventListener("beforeprint", () => {
    const folded = [...document.querySelectorAll("details.verdict")];
    if (folded.length <= 24) folded.forEach(e => { e.open = true; });
  });
})();
