"use strict";
/* Points, roads and names of towns; points that gather into one while they stand close together. */

function gather(points) {
  const cell = points.lon.length > 400 && MAP.getZoom() < 6 ? 76 : 46;
  const cells = new Map();
  const bounds = MAP.getBounds().pad(0.3);
  for (let i = 0; i < points.lon.length; i++) {
    if (!bounds.contains([points.lat[i], points.lon[i]])) continue;
    const at = MAP.project([points.lat[i], points.lon[i]]);
    const key = `${Math.floor(at.x / cell)}:${Math.floor(at.y / cell)}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(i);
  }
  return [...cells.values()];
}

function pinFor(points, members, kind, mark) {
  const many = members.length > 1;
  const size = many ? 20 + Math.min(8, 2 * Math.log2(members.length)) : kind === "single" ? 19 : 15;
  const mean = (values) => members.reduce((sum, i) => sum + values[i], 0) / members.length;
  /* A hospital stands beside its place, so that a practice in the same house is seen. */
  const aside = kind === "place" || kind === "hospital" ? 9 : 0;
  const icon = L.divIcon({ className: "", iconSize: [size, size], iconAnchor: [size / 2 - aside, size / 2 + aside], html: "" });
  const pane = aside ? "hospitals" : kind === "single" ? "marks" : "practices";
  const marker = L.marker([mean(points.lat), mean(points.lon)], { icon, pane, keyboard: true, riseOnHover: true });
  marker.on("add", () => {
    const pin = make("div", null, { class: `pin ${kind}`, style: `width:${size}px;height:${size}px` });
    pin.append(make("span", many ? members.length : mark));
    const name = many ? `${members.length} places close together` : points.title[members[0]];
    marker.getElement().replaceChildren(pin);
    marker.getElement().setAttribute("aria-label", name);
  });
  const lines = many ? members.slice(0, 6).map((i) => points.title[i]) : [...points.lines[members[0]]];
  if (members.length > 6) lines.push(`and ${members.length - 6} more`);
  const title = many ? `${members.length} places close together` : points.title[members[0]];
  marker.bindTooltip(() => note(title, lines), { className: "note", opacity: 1, direction: "top", offset: [0, -size / 2] });
  const open = () => {
    const box = L.latLngBounds(members.map((i) => [points.lat[i], points.lon[i]]));
    const alike = box.getNorthEast().distanceTo(box.getSouthWest()) < 50;
    if (many && !alike && MAP.getZoom() < MAP.getMaxZoom()) {
      MAP.fitBounds(box, { padding: [50, 50], animate: false });
      return;
    }
    if (kind === "single" && !many) {
      tellStop(members[0]);
      return;
    }
    const parts = members.flatMap((i) => [...note(points.title[i], points.lines[i], "h3").childNodes]);
    told = null;
    showDetail(...parts);
  };
  marker.on("click", open);
  marker.on("keypress", (event) => { if (event.originalEvent.key === "Enter") open(); });
  return marker;
}

function pointLayer(points, kind, mark) {
  const layer = L.layerGroup();
  const draw = () => {
    layer.clearLayers();
    for (const members of gather(points)) layer.addLayer(pinFor(points, members, kind, mark));
  };
  layer.on("add", () => { draw(); MAP.on("moveend", draw); });
  layer.on("remove", () => MAP.off("moveend", draw));
  return layer;
}

function only(points, keep) {
  const kept = points.lon.map((_, i) => i).filter((i) => keep(i));
  const taken = {};
  for (const [name, values] of Object.entries(points)) taken[name] = kept.map((i) => values[i]);
  return taken;
}

function townLayer() {
  const layer = L.layerGroup();
  const towns = later().towns;
  const draw = () => {
    if (!MAP.hasLayer(layer)) return;
    layer.clearLayers();
    const taken = [];
    const bounds = MAP.getBounds();
    for (let i = 0; i < towns.name.length && taken.length < 40; i++) {
      const place = [towns.lat[i], towns.lon[i]];
      if (!bounds.contains(place)) continue;
      const at = MAP.project(place);
      if (taken.some((other) => Math.abs(other.x - at.x) < 120 && Math.abs(other.y - at.y) < 42)) continue;
      taken.push(at);
      const icon = L.divIcon({ className: "town", iconSize: [0, 0] });
      const label = L.marker(place, { icon, pane: "labels", interactive: false, keyboard: false });
      label.on("add", () => { label.getElement().textContent = towns.name[i]; });
      layer.addLayer(label);
    }
  };
  layer.on("add", draw);
  MAP.on("moveend", draw);
  return layer;
}

function roadLayer() {
  return drawing("roads", later().roads.map((entry) =>
    drawn("path", { d: traceLines(entry.lines), class: "road", style: `stroke-width:${entry.width}` })));
}

function pinSwatch(kind, mark, words) {
  const row = make("div");
  row.append(make("div", mark, { class: `pin ${kind}`, style: "width:15px;height:15px;margin:1px 3px;flex:none" }),
    make("span", words));
  return [row];
}

const OVERLAYS = [];

/* A layer that can be switched on; it is made when it is first seen, and anew when the view of the supply changes. */
function overlay(words, create, { on = false, legend = () => [], count = () => null, follows = false }) {
  const entry = { create, on, legend, layer: null, words, count, follows, label: null };
  OVERLAYS.push(entry);
  option("overlays", "checkbox", "", on, (checked) => {
    entry.on = checked;
    drawLegend();
    showOverlay(entry);
  });
  entry.label = byId("overlays").lastChild.lastChild;
  nameOverlay(entry);
}

function nameOverlay(entry) {
  const count = entry.count();
  entry.label.replaceChildren(entry.words(), ...(count === null ? [] : [" ", make("span", `(${count})`, { class: "hint" })]));
}

function showOverlay(entry) {
  if (entry.on) (entry.layer ??= entry.create()).addTo(MAP);
  else if (entry.layer) entry.layer.remove();
}

function renewOverlays() {
  for (const entry of OVERLAYS.filter((one) => one.follows)) {
    if (entry.layer) entry.layer.remove();
    entry.layer = null;
    nameOverlay(entry);
    showOverlay(entry);
  }
}

const overlayLegend = () => OVERLAYS.filter((entry) => entry.on).flatMap((entry) => entry.legend());

function points(words, layer, kind, mark, options) {
  overlay(words, () => pointLayer(layer(), kind, mark), { legend: () => pinSwatch(kind, mark, words()), ...options });
}

const isCounted = (i) => view.counted[i] === 1;
const uncounted = () => {
  const found = only(DATA.practices, (i) => !isCounted(i));
  found.lines = found.lines.map((lines) => [...lines, "Not counted in this view."]);
  return found;
};
const AMOUNTS = DATA.amounts;
const anywhere = (list) => DATA.views.some((one) => list(one));
points(() => view.words.counted + (DATA.counted_known ? "" : ": not searched"), () => only(DATA.practices, isCounted), "", "", {
  on: true, follows: true, count: () => (DATA.counted_known ? view.counted.filter(Boolean).length : null),
});
if (anywhere((one) => one.failures.lon.length)) {
  points(() => view.words.failures, () => view.failures, "single", "!", { follows: true, count: () => view.failures.lon.length });
}
if (DATA.places.lon.length) {
  points(() => view.words.places, () => DATA.places, "place", "H", { on: true, count: () => DATA.places.lon.length });
}
if (anywhere((one) => one.counted.includes(0))) {
  points(() => view.words.others, uncounted, "other", "", { follows: true, count: () => view.counted.filter((yes) => !yes).length });
}
if (AMOUNTS.hospitals) {
  points(() => "Hospitals with an emergency department", () => later().hospitals, "hospital", "+", { count: () => AMOUNTS.hospitals });
}
if (AMOUNTS.roads) overlay(() => "Main roads", roadLayer, { on: DATA.close });
if (AMOUNTS.towns) overlay(() => "Names of towns", townLayer, { on: DATA.close });

/* The legend and the view come first: with nothing drawn yet, measuring the page costs nothing. */
drawLegend();
goHome();
drawCounties();
listStops();
OVERLAYS.forEach(showOverlay);
requestAnimationFrame(() => setTimeout(() => performance.mark("map-drawn")));
