"use strict";
/* The search box: towns, counties, ZIPs, districts and states, all from inside this file. */
(function search() {
  const box = byId("query"), list = byId("matches");
  const minutesOf = (numbers, i) => ({ nearest: (numbers.min[view.key] || [])[i], second: (numbers.second[view.key] || [])[i] });

  function words(name, numbers, i) {
    const { nearest, second } = minutesOf(numbers, i), people = numbers.people[i], never = numbers.unchecked[i] === "1";
    if (!people) return `${name}: no residents are counted around it.`;
    if (nearest === null || nearest === undefined) return `${name}: ${peopleWords(people)} residents; minutes are not assessed.`;
    if (nearest < 0) return `${name}: half or more of its ${peopleWords(people)} residents have none within ${DATA.within}.`;
    const then = second === null ? "" : second < 0 ? `; none within ${DATA.within} if that practice stops` :
      `; ${driveWords(second, never)} if that practice stops`;
    return `${name}: the middle one of its ${peopleWords(people)} residents drives ${driveWords(nearest, never)} to the nearest${then}.${never ? ` ${DATA.not_checked}` : ""}${roughWords(numbers.rough[i])}`;
  }

  const roughWords = (people) => (people ? ` ${peopleWords(people)} of them live far from any road in the data: their minutes are rough.` : "");

  function areaOf(numbers, i, name) {
    return { name, people: numbers.people[i], far: (key) => (numbers.far[key] || [])[i] };
  }

  function fit([west, south, east, north]) {
    MAP.fitBounds([[south, west], [north, east]], { padding: [20, 20], animate: false });
  }

  /* What is shown of a place stays true when the view changes: it is told anew. */
  function tell(name, numbers, i, place) {
    const county = place >= 0 && COUNTIES.row[place] >= 0 ? note(COUNTIES.names[place], sentencesOf(place), "h3") : make("div");
    const beside = numbers.beside?.[view.key]?.[i];
    showDetail(make("p", words(name, numbers, i), { class: "place" }), ...(beside ? [make("p", beside)] : []), ...county.childNodes);
    told = () => tell(name, numbers, i, place);
  }

  function goToPoint(numbers, i, name, zoom) {
    const place = numbers.county[i];
    if (place >= 0) choose(place, false);
    MAP.setView([numbers.lat[i], numbers.lon[i]], Math.max(MAP.getZoom(), zoom), { animate: false });
    tell(name, numbers, i, place);
  }

  function goToArea(numbers, i, name) {
    forget();
    fit(numbers.bounds[i]);
    setArea(areaOf(numbers, i, name));
    tell(name, numbers, i, -1);
  }

  function candidates() {
    const { towns, districts } = later();
    return [
      ...towns.name.map((name, i) => ({ name, words: `${name}, ${towns.state[i]} (town)`,
        go: () => goToPoint(towns, i, `${name}, ${towns.state[i]}`, 9) })),
      ...COUNTIES.names.map((name, place) => ({ name, words: `${name} (county)`, scored: COUNTIES.row[place] >= 0,
        go: () => choose(place, true) })).filter((entry) => entry.scored),
      ...districts.name.map((name, i) => ({ name, words: name, go: () => goToArea(districts, i, name) })),
      ...(DATA.states ? DATA.states.name : []).map((name, i) => ({ name, words: `${name} (state)`,
        go: () => goToArea(DATA.states, i, name) })),
    ];
  }

  function matches(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    if (/^\d+$/.test(wanted)) {
      const zips = later().zips, found = [];
      for (let i = 0; i < zips.zip.length && found.length < 7; i++) {
        if (!zips.zip[i].startsWith(wanted)) continue;
        const name = `${zips.zip[i]} ${zips.place[i]}`;
        found.push({ words: name, go: () => goToPoint(zips, i, name, 9) });
      }
      return found;
    }
    const rank = (entry) => (entry.name.toLowerCase().startsWith(wanted) ? 0 : entry.words.toLowerCase().includes(wanted) ? 1 : 2);
    return candidates().map((entry, i) => [rank(entry), i, entry]).filter(([found]) => found < 2)
      .sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 8).map(([, , entry]) => entry);
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
  if (DATA.states && states) {
    byId("state_choice").hidden = false;
    DATA.states.name.forEach((name, i) => states.append(make("option", name, { value: i })));
    states.addEventListener("change", () => {
      if (states.value === "") byId("whole").click();
      else goToArea(DATA.states, Number(states.value), DATA.states.name[states.value]);
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
