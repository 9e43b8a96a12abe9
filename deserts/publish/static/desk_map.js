/* A map of the answer without tiles: counties, the ZIP, and the sites under their numbers of the list. */
const RING_UNITS = 90, LEAST_WIDTH = 700, MAP_ASPECT = 4 / 3;
/* On paper the map is a third as wide: its marks are drawn larger, so that their numbers can be read. */
const PAPER_MARKS = 1.9;

function drawn(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/* The place itself, or the first free one on growing circles around it. */
function freeSpot([x, y], taken, apart) {
  for (let step = 0; step < 64; step += 1) {
    const circle = Math.floor((step + 7) / 8) * apart * 0.55, angle = (step % 8) * Math.PI / 4;
    const spot = step === 0 ? [x, y] : [x + circle * Math.cos(angle), y + circle * Math.sin(angle)];
    if (taken.every((other) => Math.hypot(spot[0] - other[0], spot[1] - other[1]) >= apart)) return spot;
  }
  return [x, y];
}

/* Everybody of the list who has a place: number, name, where, and the tier that gives the mark its look. */
function marksOf(found, entries) {
  const marks = [];
  found.tiers.forEach((tier, i) => tier.rows.forEach((row) => marks.push({
    number: `${row.number}`, label: `${row.number}: ${row.name}, ${row.town}, ${row.drive}`, at: DATA.map.sites[entries[row.place].site], look: `tier${i + 1}`,
  })));
  found.places.forEach((place, i) => marks.push({
    number: `H${i + 1}`, label: `H${i + 1}: ${place.name}, ${place.drive}`, at: DATA.map.places[place.row], look: "hospital",
  }));
  return marks;
}

function viewOf(points) {
  const xs = points.map((one) => one[0]), ys = points.map((one) => one[1]);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const width = Math.max(LEAST_WIDTH, (right - left) * 1.3, (bottom - top) * 1.3 * MAP_ASPECT), height = width / MAP_ASPECT;
  return [(left + right - width) / 2, (top + bottom - height) / 2, width, height].map(Math.round);
}

function markParts(mark, spot, unit) {
  const group = drawn("g", { class: `mark ${mark.look}`, transform: `translate(${spot.map(Math.round).join(" ")})` });
  const size = unit * 2.1, square = { x: -size, y: -size, width: size * 2, height: size * 2 };
  const shape = mark.look === "tier1" ? drawn("circle", { r: size }) : drawn("rect", mark.look === "tier3" ? { ...square, transform: "rotate(45)" } : square);
  group.append(drawn("title", {}, mark.label), shape, drawn("text", { y: size * 0.42, "font-size": size * 1.2 }, mark.number));
  return group;
}

/* Names of counties that do not lie over one another; on the screen all of them. */
function countyNames(size, isPaper) {
  const kept = [];
  for (const one of DATA.map.counties) {
    const isFree = kept.every((other) => Math.abs(other.y - one.y) > size || Math.abs(other.x - one.x) > size * 0.32 * (other.name.length + one.name.length));
    if (!isPaper || isFree) kept.push(one);
  }
  return kept;
}

/* Counties, the ring around the ZIP, and the marks where they have room. Marks that made room for others stay in view. */
function drawMap(svg, here, placed, times) {
  const first = viewOf([here, ...placed.map((mark) => mark.at)]), isPaper = times > 1, unit = first[2] / 100 * times, taken = [];
  for (const mark of placed) taken.push(freeSpot(mark.at, taken, unit * 5));
  const view = isPaper ? viewOf([here, ...taken]) : first;
  svg.setAttribute("viewBox", view.join(" "));
  for (const { path } of DATA.map.counties) svg.append(drawn("path", { class: "land", d: path, "stroke-width": unit * 0.2 }));
  for (const { name, x, y } of countyNames(unit * 2, isPaper)) svg.append(drawn("text", { class: "county", x, y, "font-size": unit * 2 }, name));
  svg.append(drawn("circle", { class: "ring", cx: here[0], cy: here[1], r: Math.max(RING_UNITS, unit * 3), "stroke-width": unit * 0.5 }));
  placed.forEach((mark, i) => svg.append(markParts(mark, taken[i], unit)));
  return svg;
}

function mapParts(found, entries, zipIndex) {
  const here = DATA.map.zips[zipIndex], marks = marksOf(found, entries), placed = marks.filter((mark) => mark.at);
  if (!here) return [];
  const svg = drawn("svg", { class: "on-screen", role: "img", "aria-labelledby": "map-title map-text" });
  svg.append(drawn("title", { id: "map-title" }, "Map of the answer"),
    drawn("desc", { id: "map-text" }, `${placed.map((mark) => mark.label).join("; ")}. The list says the same in words.`));
  drawMap(svg, here, placed, 1);
  const onPaper = drawMap(drawn("svg", { class: "on-paper", "aria-hidden": "true" }), here, placed, PAPER_MARKS);
  const figure = make("figure"), caption = make("figcaption");
  caption.append(`Round: evidence with the drug; square: evidence, drug unknown; on its corner: must be asked; H: hospital, nobody named; ring: around the ZIP. ${
    marks.length - placed.length ? `${marks.length - placed.length} without a known place are not drawn. ` : ""}Drives: © OpenStreetMap contributors; outlines: US Census Bureau.`);
  figure.append(svg, onPaper, caption);
  return [make("h3", "MAP"), figure];
}
