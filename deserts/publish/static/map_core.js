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

/* Undo the encoding of publish/geometry.py: differences in five-bit groups, latitude first. */
function decode(text) {
  const points = [];
  let at = 0, lat = 0, lon = 0;
  const next = () => {
    let value = 0, shift = 0, bits;
    do { bits = text.charCodeAt(at++) - 63; value += (bits & 31) * 2 ** shift; shift += 5; } while (bits > 31);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  while (at < text.length) { lat += next(); lon += next(); points.push([lat * DATA.grid, lon * DATA.grid]); }
  return points;
}
const decodeShape = (parts) => parts.map((rings) => rings.map(decode));

for (const [name, level] of [["ground", 300], ["bands", 350], ["roads", 360], ["lines", 370], ["labels", 640]]) {
  MAP.createPane(name).style.zIndex = level;
}
MAP.getPane("labels").style.pointerEvents = "none";
MAP.getPane("lines").style.pointerEvents = "none";
MAP.getPane("roads").style.pointerEvents = "none";
const GROUND = L.svg({ pane: "ground", padding: 0.5 });
const HOME = L.latLngBounds([[DATA.bounds[1], DATA.bounds[0]], [DATA.bounds[3], DATA.bounds[2]]]);
L.control.zoom({ position: "topright" }).addTo(MAP);
L.control.scale({ position: "bottomright" }).addTo(MAP);

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

/* Counties. */
const COUNTIES = DATA.counties;
const PLACE_OF = new Map(COUNTIES.fips.map((fips, place) => [fips, place]));
let measure = DATA.measures[0];
let chosen = -1;

function classOf(place) {
  const row = COUNTIES.row[place];
  return row < 0 ? null : COUNTIES.classes[measure.key][row];
}

function styleOf(place) {
  const found = classOf(place);
  const picked = place === chosen;
  const edge = { color: picked ? "#0b2f3a" : "#8d8478", weight: picked ? 3 : 0.6, opacity: 1, fillOpacity: 1 };
  if (found === null) return { ...edge, fillColor: "#f4f5f4", color: picked ? "#0b2f3a" : "#c9cfd2" };
  if (found < 0) return { ...edge, fillColor: DATA.no_data };
  const hatched = measure.hatched.includes(found);
  return { ...edge, fillColor: hatched ? `url(#stripe-${measure.key}-${found})` : measure.shades[found] };
}

function stripes() {
  const defs = drawn("defs", {});
  for (const entry of DATA.measures) {
    for (const index of entry.hatched) {
      const pattern = drawn("pattern", { id: `stripe-${entry.key}-${index}`, width: 7, height: 7,
        patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      const stroke = index === entry.shades.length - 1 ? "#fff" : "#111";
      pattern.append(drawn("rect", { width: 7, height: 7, fill: entry.shades[index] }),
        drawn("rect", { width: 2.4, height: 7, fill: stroke }));
      defs.append(pattern);
    }
  }
  return defs;
}

function sentencesOf(place) {
  const row = COUNTIES.row[place];
  if (row < 0) return ["Outside the region: drawn for orientation, not scored."];
  const notes = COUNTIES.notes[measure.key];
  return notes ? [notes[row], ...COUNTIES.sentences[row]] : COUNTIES.sentences[row];
}

function note(title, lines, heading) {
  const box = make("div");
  box.append(make(heading || "strong", title), ...lines.map((line) => make("p", line)));
  return box;
}

const SHAPES = COUNTIES.shapes.map((parts, place) => {
  const shape = L.polygon(decodeShape(parts), { renderer: GROUND, pane: "ground", smoothFactor: 0, ...styleOf(place) });
  shape.bindTooltip(() => note(COUNTIES.names[place], sentencesOf(place)), { sticky: true, className: "note" });
  shape.on("click", () => choose(place, false));
  return shape.addTo(MAP);
});
GROUND._container.append(stripes());
L.polyline(COUNTIES.lines.map(decode), { pane: "lines", color: "#4b4a46", weight: 1.5, interactive: false }).addTo(MAP);

function choose(place, move) {
  const before = chosen;
  chosen = place;
  for (const changed of [before, place]) if (changed >= 0) SHAPES[changed].setStyle(styleOf(changed));
  SHAPES[place].bringToFront();
  byId("detail").replaceChildren(...note(COUNTIES.names[place], sentencesOf(place), "h3").childNodes);
  if (move && SHAPES[place].getBounds().isValid()) {
    MAP.fitBounds(SHAPES[place].getBounds(), { padding: [60, 60], maxZoom: 9, animate: false });
  }
}

/* Legend and the choice of measure. */
function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function swatch(fill) {
  const box = drawn("svg", { viewBox: "0 0 20 14", "aria-hidden": "true" });
  box.append(drawn("rect", { x: 0.5, y: 0.5, width: 19, height: 13, stroke: "#8d8478", fill }));
  return box;
}

function drawLegend() {
  const rows = measure.legend.map((words, index) => {
    const row = make("div");
    row.append(swatch(measure.hatched.includes(index) ? `url(#stripe-${measure.key}-${index})` : measure.shades[index]),
      make("span", words));
    return row;
  });
  if (COUNTIES.classes[measure.key].some((found) => found < 0)) {
    const row = make("div");
    row.append(swatch(DATA.no_data), make("span", "nobody lives here, or not known"));
    rows.push(row);
  }
  byId("legend").replaceChildren(make("strong", measure.label), ...rows, ...(window.pointLegend ? pointLegend() : []));
}

function option(group, type, words, checked, onChange, hint) {
  const label = make("label");
  const input = make("input", null, { type, name: group });
  input.checked = checked;
  input.addEventListener("change", () => onChange(input.checked));
  label.append(input, make("span", words));
  if (hint) label.lastChild.append(" ", make("span", hint, { class: "hint" }));
  byId(group).append(label);
}

for (const entry of DATA.measures) {
  option("measures", "radio", entry.label, entry === measure, () => {
    measure = entry;
    SHAPES.forEach((shape, place) => shape.setStyle(styleOf(place)));
    if (chosen >= 0) choose(chosen, false);
    drawLegend();
  });
}

/* Print: the map gets the width of the paper before the browser takes its picture. */
window.addEventListener("beforeprint", () => {
  document.documentElement.classList.add("printing");
  if (byId("folded")) byId("folded").open = true;
  MAP.invalidateSize({ animate: false });
  goHome();
});
window.addEventListener("afterprint", () => {
  document.documentElement.classList.remove("printing");
  MAP.invalidateSize({ animate: false });
});

if (DATA.check_after && new Date().toISOString().slice(0, 10) > DATA.check_after) byId("stale").hidden = false;
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fips]");
  if (!link) return;
  event.preventDefault();
  choose(PLACE_OF.get(link.dataset.fips), true);
  byId("detail").scrollIntoView({ block: "center" });
});
