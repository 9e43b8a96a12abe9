"use strict";
/* Counties as circles whose areas are as their residents: colours by land alone show where land is, not people. */
const CIRCLES_SHARE = 0.25; // of the opening view that all circles together cover
const RESIDENTS = DATA.views[0].far.people; // the same in every view of the supply
let circles = new Map(); // by place, the largest first, so that a small one is never covered

function drawCircles() {
  const known = COUNTIES.row.map((row, place) => ({ place, row, people: row < 0 ? 0 : RESIDENTS[row] || 0 }))
    .filter((county) => county.people > 0 && COUNTIES.inside[county.place].length).sort((one, other) => other.people - one.people || one.place - other.place);
  const [west, south, east, north] = DATA.bounds;
  const ground = (east - west) / DATA.grid * Math.abs(yOf(north) - yOf(south));
  const all = known.reduce((sum, county) => sum + county.people, 0);
  circles = new Map(known.map(({ place, people }) => {
    const [x, y] = COUNTIES.inside[place];
    const r = Math.sqrt(CIRCLES_SHARE * ground * people / all / Math.PI);
    const circle = drawn("circle", { cx: x, cy: yOf(y * DATA.grid), r });
    PLACE_AT.set(circle, place);
    return [place, circle];
  }));
  return [...circles.values()];
}

/* Whether counties are sized by their residents; asked of the drawing, which alone knows. */
const bySize = () => Boolean(document.querySelector(".by-people"));

function sizeLegend() {
  if (!bySize()) return [];
  const [place] = circles.keys();
  const words = `A circle is a county, its area as its residents. The largest: ${COUNTIES.names[place]}, ` +
    `${peopleWords(RESIDENTS[COUNTIES.row[place]])}.`;
  return [make("p", words, { class: "sized" })];
}

function showSizes(svg) {
  if (!circles.size) return;
  byId("sizes").hidden = false;
  for (const [words, sized] of [["their land", false], ["their residents", true]]) {
    option("sizes", "radio", words, !sized, () => { svg.classList.toggle("by-people", sized); drawLegend(); });
  }
}
