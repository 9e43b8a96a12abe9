"use strict";
/* The search box: counties by name and ZIP codes by number, all from inside this file. */
(function search() {
  const box = byId("query"), list = byId("matches");

  function matches(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const found = [];
    if (/^\d+$/.test(wanted)) {
      const zips = later().zips;
      for (let i = 0; i < zips.zip.length && found.length < 7; i++) {
        if (!zips.zip[i].startsWith(wanted)) continue;
        found.push({ words: `${zips.zip[i]} ${zips.place[i]}`, go: () => goToZip(i) });
      }
      return found;
    }
    const score = (name) => (name.toLowerCase().startsWith(wanted) ? 0 : name.toLowerCase().includes(wanted) ? 1 : 2);
    COUNTIES.names.map((name, place) => [score(name), place]).filter(([rank, place]) => rank < 2 && COUNTIES.row[place] >= 0)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 7)
      .forEach(([, place]) => found.push({ words: COUNTIES.names[place], go: () => choose(place, true) }));
    return found;
  }

  function goToZip(i) {
    const zips = later().zips;
    const place = zips.county[i];
    if (place >= 0) choose(place, true);
    MAP.setView([zips.lat[i], zips.lon[i]], Math.max(MAP.getZoom(), 9), { animate: false });
    const title = [zips.zip[i], zips.place[i]].join(" ");
    const words = place >= 0 ? "lies in this county. The numbers are the county's, not the ZIP code's." : "is in no county known here.";
    byId("detail").prepend(make("p", `${title} ${words}`));
  }

  function show() {
    const found = matches(box.value);
    list.replaceChildren(...found.map((entry) => {
      const item = make("li"), button = make("button", entry.words, { type: "button" });
      button.addEventListener("click", () => { list.hidden = true; box.value = entry.words; entry.go(); });
      item.append(button);
      return item;
    }));
    if (box.value.trim() && !found.length) list.append(make("li", "Not found in this map."));
    list.hidden = !list.children.length;
  }

  const states = byId("states");
  if (states) {
    DATA.states.forEach((entry, i) => states.append(make("option", entry.name, { value: i })));
    states.addEventListener("change", () => {
      if (states.value === "") { goHome(); return; }
      const [west, south, east, north] = DATA.states[states.value].bounds;
      MAP.fitBounds([[south, west], [north, east]], { padding: [20, 20], animate: false });
    });
  }
  box.addEventListener("input", show);
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const first = list.querySelector("button");
    if (first) first.click();
  });
  byId("search").addEventListener("keydown", (event) => {
    const stops = [box, ...list.querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { list.hidden = true; box.focus(); }
    if (step && !list.hidden && stops[at + step]) { event.preventDefault(); stops[at + step].focus(); }
  });
})();
