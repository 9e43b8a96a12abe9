"use strict";
/* Draws the counties, their legend and the sentences about them. Text is only ever set as text, never as markup. */
const DATA = JSON.parse(document.getElementById("data").textContent);
const MAP = window[DATA.map];
const byId = (id) => document.getElementById(id);

function make(tag, text, attributes) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  return element;
}

/* What the first view does not need stands in a text of its own, read when it is asked for. */
let rest = null;
const later = () => (rest ??= JSON.parse(byId("later").textContent));

/* Practices stand above hospitals, and what is said of practices above both. */
const PANES = { ground: 300, bands: 350, roads: 360, lines: 370, labels: 590, stops: 594, hospitals: 596, practices: 604, marks: 612 };
for (const [name, level] of Object.entries(PANES)) {
  MAP.createPane(name).style.zIndex = level;
}
for (const name of ["bands", "labels", "lines", "roads", "stops"]) MAP.getPane(name).style.pointerEvents = "none";
const HOME = L.latLngBounds([[DATA.bounds[1], DATA.bounds[0]], [DATA.bounds[3], DATA.bounds[2]]]);
L.control.zoom({ position: "topright" }).addTo(MAP);
if (!DATA.flat) L.control.scale({ position: "bottomright" }).addTo(MAP);
if (DATA.embed) {
  MAP.scrollWheelZoom.disable(); // the wheel belongs to the page around the frame
  if (L.Browser.mobile) MAP.dragging.disable();
}

/* Keep the region clear of the legend: beside it or above it, whichever leaves the region larger. */
function goHome() {
  const room = MAP.getSize(), box = byId("legend");
  const overlaid = getComputedStyle(box).position === "absolute";
  const beside = [box.offsetWidth + 16, 0], above = [0, box.offsetHeight + 16];
  const zoomWith = (taken) => MAP.getBoundsZoom(HOME, false, L.point(taken).add([24, 24]));
  const taken = !overlaid || room.x < 500 ? [0, 0] : zoomWith(beside) >= zoomWith(above) ? beside : above;
  MAP.fitBounds(HOME, { paddingTopLeft: [12 + taken[0], 12], paddingBottomRight: [12, 12 + taken[1]], animate: false });
}
MAP.fitBounds(HOME, { animate: false });

/* Counties. One view of the supply is shown at a time: its colours, dots, sentences and finding change together. */
const COUNTIES = DATA.counties;
const UNKNOWN = { shades: ["#ffffff"], stroke: "#9aa1a6" };
const PLACE_OF = new Map(COUNTIES.fips.map((fips, place) => [fips, place]));
let view = DATA.views[0];
let measure = view.measures[0];
let chosen = -1;
let told = null; // writes the box of what was chosen anew, in the words of the view
let area = null; // the state, district or county whose finding stands on top; null for the whole map

const unpack = (packed, row) => packed.lines[row].map(([wording, ...numbers]) =>
  packed.wordings[wording].split("{}").map((part, i) => part + (numbers[i] ?? "")).join(""));
const driveWords = (minutes, never) => never ? DATA.unchecked_words[minutes] : minutes < DATA.least_min ? `under ${DATA.least_min} min` : minutes < 60 ? `${minutes} min` :
  `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
const peopleWords = (people) => people.toLocaleString("en-US");

/* Whole per cent, ties to even as in the tables; small and large shares are not rounded to nobody or everybody. */
function percentWords(share) {
  if (share > 0 && share < 0.01) return "under 1%";
  if (share > 0.99 && share < 1) return "over 99%";
  const value = share * 100, whole = Math.round(value);
  return `${Math.abs(value % 1) === 0.5 && whole % 2 ? whole - 1 : whole}%`;
}

function showFinding() {
  const far = area && area.far(view.key);
  byId("finding").textContent = !area || !view.area_finding ? view.finding :
    far === null || far === undefined || !area.people ? `Nothing can be told of ${area.name}: not assessed, or nobody lives there.` :
    view.area_finding.replace("{people} residents ({share})", far ? "{people} residents ({share})" : "No residents (0%)")
      .replace("{people}", peopleWords(far)).replace("{name}", area.name).replace("{share}", percentWords(far / area.people));
  byId("meaning").textContent = area ? `${DATA.region}: ${view.finding}` : view.meaning;
  byId("whole").hidden = !area;
}

function setArea(found) {
  area = found;
  showFinding();
}
function showDetail(...nodes) {
  clearStop();
  byId("detail").classList.remove("empty");
  byId("detail").replaceChildren(...nodes);
}

/* Nothing is chosen any more. */
function forget() {
  clearStop();
  if (chosen >= 0) PATHS[chosen].classList.remove("picked");
  chosen = -1;
  told = null;
}
byId("whole").addEventListener("click", () => {
  forget();
  byId("detail").replaceChildren(make("p", byId("detail").dataset.empty));
  byId("detail").classList.add("empty");
  for (const list of [byId("states"), byId("stops")]) if (list) list.value = "";
  setArea(null);
  goHome();
});

function paint(path, place) {
  const row = COUNTIES.row[place];
  if (row < 0) {
    path.setAttribute("class", "outside");
    return;
  }
  const found = view.classes[measure.key][row];
  const fill = found === DATA.unknown ? "url(#stripe-unknown)" : found < 0 ? DATA.no_data : fillOf(measure, found, "stripe");
  for (const shape of [path, circles.get(place)]) shape?.setAttribute("fill", fill);
}

const fillOf = (entry, index, prefix) =>
  entry.hatched.includes(index) ? `url(#${prefix}-${entry.key}-${index})` : entry.shades[index];

function sentencesOf(place) {
  const row = COUNTIES.row[place];
  if (row < 0) return ["Outside the region: drawn for orientation, not scored."];
  const notes = view.notes[measure.key], sentences = unpack(view.sentences, row);
  return notes ? [notes[row], ...sentences] : sentences;
}

function note(title, lines, heading) {
  const box = make("div");
  box.append(make(heading || "strong", title), ...lines.map((line) => make("p", line)));
  return box;
}

const PATHS = [];
const PLACE_AT = new Map();

function drawCounties() {
  const people = drawCircles();
  COUNTIES.shapes.forEach((parts, place) => {
    const path = drawn("path", { d: traceShape(parts) });
    paint(path, place);
    PATHS.push(path);
    PLACE_AT.set(path, place);
  });
  const every = new Map(DATA.views.flatMap((one) => one.measures.map((entry) => [entry.key, entry])));
  const hatches = [...every.values()].flatMap((entry) =>
    entry.hatched.map((index) => stripes(`stripe-${entry.key}-${index}`, entry, index)));
  hatches.push(stripes("stripe-unknown", UNKNOWN, 0));
  const defs = drawn("defs", {});
  defs.append(...hatches);
  const abroad = DATA.neighbours ? [drawn("path", { d: traceShape(DATA.neighbours), class: "outside" })] : [];
  const corner = (x, y) => `${x / DATA.grid} ${yOf(y)}`;
  const frames = DATA.frames.map(({ box: [left, bottom, right, top] }) => drawn("path", { class: "frame",
    d: `M${corner(left, bottom)}L${corner(right, bottom)}L${corner(right, top)}L${corner(left, top)}z` }));
  const ground = drawing("ground", [defs, ...abroad, ...frames, ...PATHS, ...people], true).addTo(MAP);
  showSizes(defs.parentNode);
  for (const { words, box: [left, bottom] } of DATA.frames) {
    const icon = L.divIcon({ className: "frame-name", iconSize: [0, 0] });
    const label = L.marker([bottom, left], { icon, pane: "labels", interactive: false, keyboard: false });
    label.on("add", () => { label.getElement().textContent = words; });
    label.addTo(MAP);
  }
  scaleStripes();
  MAP.on("zoomend", scaleStripes);
  drawing("lines", [drawn("path", { d: traceLines(COUNTIES.lines), class: "states" })]).addTo(MAP);
  ground.on("click", (event) => {
    const place = PLACE_AT.get(event.originalEvent.target);
    if (place !== undefined) choose(place, false);
  });
  const tip = L.tooltip({ className: "note", pane: "tooltipPane", opacity: 1 });
  let over = -1;
  ground.on("mousemove", (event) => {
    const place = PLACE_AT.get(event.originalEvent.target) ?? -1;
    if (place < 0) { over = -1; tip.close(); return; }
    tip.setLatLng(event.latlng);
    if (place !== over) tip.setContent(note(COUNTIES.names[place], sentencesOf(place)));
    if (!tip.isOpen()) tip.openOn(MAP);
    over = place;
    makeRoom();
  });
  ground.on("mouseout", () => { over = -1; tip.close(); });
}

function choose(place, move) {
  forget();
  chosen = place;
  PATHS[place].classList.add("picked");
  PATHS[place].parentNode.insertBefore(PATHS[place], PATHS[place].parentNode.querySelector("circle"));
  told = () => showDetail(...note(COUNTIES.names[place], sentencesOf(place), "h3").childNodes);
  told();
  const row = COUNTIES.row[place];
  setArea(row < 0 ? null : { name: COUNTIES.names[place], people: view.far.people[row],
    far: (key) => DATA.views.find((one) => one.key === key).far.far[row] });
  if (move && PATHS[place].getAttribute("d")) {
    MAP.fitBounds(boundsOf(PATHS[place]), { padding: [60, 60], maxZoom: 9, animate: false });
  }
}

/* Legend and the choice of measure. */
function swatch(fill, pattern) {
  const box = drawn("svg", { viewBox: "0 0 20 14", "aria-hidden": "true" });
  box.append(...(pattern ? [pattern] : []),
    drawn("rect", { x: 0.5, y: 0.5, width: 19, height: 13, stroke: "#8d8478", fill }));
  return box;
}

function drawLegend() {
  const rows = measure.legend.map((words, index) => {
    const row = make("div");
    const pattern = measure.hatched.includes(index) && stripes(`swatch-${measure.key}-${index}`, measure, index);
    row.append(swatch(fillOf(measure, index, "swatch"), pattern), make("span", words));
    return row;
  });
  if (view.classes[measure.key].includes(DATA.unknown)) {
    const row = make("div");
    row.append(swatch("url(#swatch-unknown)", stripes("swatch-unknown", UNKNOWN, 0)), make("span", DATA.unknown_words));
    rows.push(row);
  }
  if (view.classes[measure.key].some((found) => found < 0 && found !== DATA.unknown)) {
    const row = make("div");
    row.append(swatch(DATA.no_data), make("span", "nobody lives here, or not known"));
    rows.push(row);
  }
  byId("legend").replaceChildren(make("strong", measure.label), ...rows, ...sizeLegend(), ...reachLegend(), ...overlayLegend());
}

/* The legend stands above everything on the map, so it makes room while a note would lie under it. */
function makeRoom() {
  const legend = byId("legend");
  const box = legend.getBoundingClientRect();
  const covers = [...document.querySelectorAll(".leaflet-tooltip.note")].some((found) => {
    const note = found.getBoundingClientRect();
    if (found.style.opacity === "0") return false; // it fades away
    return note.left < box.right && note.right > box.left && note.top < box.bottom && note.bottom > box.top;
  });
  legend.classList.toggle("away", covers);
}
MAP.on("tooltipopen tooltipclose", () => requestAnimationFrame(makeRoom));

function option(group, type, words, checked, onChange, hint) {
  const label = make("label");
  const input = make("input", null, { type, name: group });
  input.checked = checked;
  input.addEventListener("change", () => onChange(input.checked));
  label.append(input, make("span", words));
  if (hint) label.lastChild.append(" ", make("span", hint, { class: "hint" }));
  byId(group).append(label);
}

function showMeasures() {
  for (const label of [...byId("measures").querySelectorAll("label")]) label.remove();
  for (const entry of view.measures) {
    option("measures", "radio", entry.label, entry === measure, () => { measure = entry; repaint(); });
  }
}

function repaint() {
  PATHS.forEach(paint);
  if (told) told();
  showReach();
  drawLegend();
}

/* The one switch: everything that the page says or draws is of the same view. */
function setView(found) {
  view = found;
  measure = view.measures.find((entry) => entry.key === measure.key) || view.measures[0];
  showMeasures();
  renewOverlays();
  listStops();
  repaint();
  showFinding();
}
if (DATA.views.length > 1) {
  byId("supply").hidden = false;
  for (const entry of DATA.views) option("supply", "radio", entry.label, entry === view, () => setView(entry));
}
showMeasures();

/* Print: one page of what is in view, every notice unfolded. The map gets the size of the paper before the browser takes its picture. */
let before = null;
let unfolded = [];
window.addEventListener("beforeprint", () => {
  before = MAP.getBounds();
  unfolded = [...document.querySelectorAll("details.banner:not([open])")];
  for (const notices of unfolded) notices.open = true;
  document.documentElement.classList.add("printing");
  MAP.invalidateSize({ animate: false });
  if (before.contains(HOME)) goHome();
  else MAP.fitBounds(before, { animate: false });
});
window.addEventListener("afterprint", () => {
  for (const notices of unfolded) notices.open = false;
  document.documentElement.classList.remove("printing");
  MAP.invalidateSize({ animate: false });
  MAP.fitBounds(before, { animate: false });
});

if (DATA.check_after && new Date().toISOString().slice(0, 10) > DATA.check_after) byId("stale").hidden = false;
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fips]");
  if (!link) return;
  event.preventDefault();
  choose(PLACE_OF.get(link.dataset.fips), true);
  byId("detail").scrollIntoView({ block: "center" });
});
