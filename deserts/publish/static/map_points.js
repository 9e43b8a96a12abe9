"use strict";
/* Roads, bands, town names, and points that gather into one while they stand close together. */

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
  const icon = L.divIcon({ className: "", iconSize: [size, size], html: "" });
  const marker = L.marker([mean(points.lat), mean(points.lon)], { icon, keyboard: true, riseOnHover: true });
  marker.on("add", () => {
    const pin = make("div", null, { class: `pin ${kind}`, style: `width:${size}px;height:${size}px` });
    pin.append(make("span", many ? members.length : mark));
    const name = many ? `${members.length} places close together` : points.title[members[0]];
    marker.getElement().replaceChildren(pin);
    marker.getElement().setAttribute("aria-label", name);
  });
  const lines = many ? members.slice(0, 6).map((i) => points.title[i]) : points.lines[members[0]];
  if (members.length > 6) lines.push(`and ${members.length - 6} more`);
  const title = many ? `${members.length} places close together` : points.title[members[0]];
  marker.bindTooltip(() => note(title, lines), { className: "note", direction: "top", offset: [0, -size / 2] });
  const open = () => {
    const box = L.latLngBounds(members.map((i) => [points.lat[i], points.lon[i]]));
    const alike = box.getNorthEast().distanceTo(box.getSouthWest()) < 50;
    if (many && !alike && MAP.getZoom() < MAP.getMaxZoom()) {
      MAP.fitBounds(box, { padding: [50, 50], animate: false });
      return;
    }
    const parts = members.flatMap((i) => [...note(points.title[i], points.lines[i], "h3").childNodes]);
    byId("detail").replaceChildren(...parts);
  };
  marker.on("click", open);
  marker.on("keypress", (event) => { if (event.originalEvent.key === "Enter") open(); });
  return marker;
}

function pointLayer(points, kind, mark) {
  const layer = L.layerGroup();
  const draw = () => {
    if (!MAP.hasLayer(layer)) return;
    layer.clearLayers();
    for (const members of gather(points)) layer.addLayer(pinFor(points, members, kind, mark));
  };
  layer.on("add", draw);
  MAP.on("moveend", draw);
  return layer;
}

function only(points, keep) {
  const kept = points.lon.map((_, i) => i).filter(keep);
  const taken = {};
  for (const [name, values] of Object.entries(points)) taken[name] = kept.map((i) => values[i]);
  return taken;
}

function townLayer() {
  const layer = L.layerGroup();
  const draw = () => {
    if (!MAP.hasLayer(layer)) return;
    layer.clearLayers();
    const taken = [];
    const bounds = MAP.getBounds();
    for (let i = 0; i < DATA.towns.name.length && taken.length < 40; i++) {
      const place = [DATA.towns.lat[i], DATA.towns.lon[i]];
      if (!bounds.contains(place)) continue;
      const at = MAP.project(place);
      if (taken.some((other) => Math.abs(other.x - at.x) < 120 && Math.abs(other.y - at.y) < 42)) continue;
      taken.push(at);
      const icon = L.divIcon({ className: "town", iconSize: [0, 0] });
      const label = L.marker(place, { icon, pane: "labels", interactive: false, keyboard: false });
      label.on("add", () => { label.getElement().textContent = DATA.towns.name[i]; });
      layer.addLayer(label);
    }
  };
  layer.on("add", draw);
  MAP.on("moveend", draw);
  return layer;
}

/* SVG, not canvas: in print Chromium paints a canvas over what lies below it. */
const roads = L.layerGroup(DATA.roads.map((entry) => L.polyline(entry.lines.map(decode), {
  pane: "roads", color: "#5d6b73", opacity: 0.75, weight: entry.width, interactive: false })));
const BAND_STYLES = ["2 5", "7 5", "14 5", null];
const bands = L.layerGroup(DATA.bands.map((band, index) => L.polygon(decodeShape(band.shape), { pane: "bands",
  color: "#00424a", weight: 2, fill: true, fillColor: "#00838f", fillOpacity: 0.13, interactive: true,
  dashArray: BAND_STYLES[index % BAND_STYLES.length],
}).bindTooltip(`Inside: up to ${band.min} minutes' drive`, { sticky: true })));

const counted = only(DATA.practices, (i) => DATA.practices.counted[i]);
const others = only(DATA.practices, (i) => !DATA.practices.counted[i]);
const SHOWN = new Map();

function overlay(words, layer, on, swatchKind, mark, hint) {
  if (on) layer.addTo(MAP);
  if (swatchKind) SHOWN.set(layer, { words, kind: swatchKind, mark });
  option("overlays", "checkbox", words, on, (checked) => {
    if (checked) layer.addTo(MAP); else layer.remove();
    drawLegend();
  }, hint);
}

window.pointLegend = () => [...SHOWN].filter(([layer]) => MAP.hasLayer(layer)).map(([, entry]) => {
  const row = make("div");
  const pin = make("div", entry.mark, { class: `pin ${entry.kind}`, style: "width:15px;height:15px;margin:1px 3px;flex:none" });
  row.append(pin, make("span", entry.words));
  return row;
});

const amount = (points) => `(${points.lon.length})`;
overlay(DATA.words.counted, pointLayer(counted, "", ""), true, "", "", amount(counted));
if (DATA.failures.lon.length) {
  overlay(DATA.words.failures, pointLayer(DATA.failures, "single", "!"), false, "single", "", amount(DATA.failures));
}
if (others.lon.length) overlay(DATA.words.others, pointLayer(others, "other", ""), false, "other", "", amount(others));
if (DATA.hospitals.lon.length) {
  overlay("Hospitals with an emergency department", pointLayer(DATA.hospitals, "hospital", "+"), false, "hospital", "+",
    amount(DATA.hospitals));
}
if (DATA.bands.length) overlay("Areas within reach, by minutes", bands, false);
if (DATA.roads.length) overlay("Main roads", roads, DATA.close);
if (DATA.towns.name.length) overlay("Names of towns", townLayer(), DATA.close);
drawLegend();
goHome();
requestAnimationFrame(() => performance.mark("map-drawn"));
