"use strict";
/* Borders and lines as one drawing a layer. Each point is projected once, when the page opens; moving and zooming only
   choose another window of the drawing. Leaflet projects its own polygons anew at every step, slow with 3,000 counties.
   SVG, not canvas: in print Chromium paints a canvas over what lies below it. */
const DEGREE = Math.PI / 180;
const MOST_NORTH = L.Projection.SphericalMercator.MAX_LATITUDE;
/* On the plane of a map of the nation (publish/plane.py) a step is a step; else latitudes are drawn as Mercator does. */
const yOf = (lat) => {
  if (DATA.flat) return -lat / DATA.grid;
  const kept = Math.max(-MOST_NORTH, Math.min(MOST_NORTH, lat));
  return -Math.log(Math.tan(Math.PI / 4 + kept * DEGREE / 2)) / DEGREE / DATA.grid;
};
const latOf = (y) => DATA.flat ? -y * DATA.grid : (2 * Math.atan(Math.exp(-y * DATA.grid * DEGREE)) - Math.PI / 2) / DEGREE;

function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/* Undo the encoding of publish/geometry.py (differences in five-bit groups, latitude first) into a path whose unit is a
   step of the grid in longitude. */
function trace(text) {
  let at = 0, lat = 0, lon = 0, x = 0, y = 0;
  const next = () => {
    let value = 0, shift = 0, bits;
    do { bits = text.charCodeAt(at++) - 63; value += (bits & 31) * 2 ** shift; shift += 5; } while (bits > 31);
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  const steps = [];
  while (at < text.length) {
    lat += next();
    lon += next();
    const newY = Math.round(yOf(lat * DATA.grid));
    steps.push(lon - x, newY - y);
    x = lon;
    y = newY;
  }
  return `M${steps[0]} ${steps[1]}l${steps.slice(2).join(" ")}`;
}
const traceLines = (lines) => lines.map(trace).join("");
const traceShape = (parts) => parts.map((rings) => rings.map((ring) => `${trace(ring)}z`).join("")).join("");

function drawing(pane, content, interactive) {
  const svg = drawn("svg", { preserveAspectRatio: "none", class: "drawing" });
  svg.append(...content);
  const layer = L.svgOverlay(svg, MAP.getBounds(), { pane, interactive: Boolean(interactive) });
  const showWindow = () => {
    const view = MAP.getBounds().pad(0.5);
    const [left, top] = [view.getWest() / DATA.grid, yOf(view.getNorth())];
    svg.setAttribute("viewBox", `${left} ${top} ${view.getEast() / DATA.grid - left} ${yOf(view.getSouth()) - top}`);
    layer.setBounds(view);
  };
  layer.on("add", () => { showWindow(); MAP.on("moveend", showWindow); });
  layer.on("remove", () => MAP.off("moveend", showWindow));
  return layer;
}

function boundsOf(path) {
  const box = path.getBBox();
  return L.latLngBounds([[latOf(box.y + box.height), box.x * DATA.grid], [latOf(box.y), (box.x + box.width) * DATA.grid]]);
}

/* Stripes of a class that must stand out in grey print; in a drawing their width follows the zoom. */
function stripes(id, entry, index) {
  const pattern = drawn("pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", class: "stripes",
    patternTransform: "rotate(45)" });
  const stroke = entry.stroke || (index === entry.shades.length - 1 ? "#fff" : "#111");
  pattern.append(drawn("rect", { width: 7, height: 7, fill: entry.shades[index] }),
    drawn("rect", { width: 2.4, height: 7, fill: stroke }));
  return pattern;
}

const unitsOfPixel = () => (DATA.flat ? 1 : 360 / 256) / (2 ** MAP.getZoom() * DATA.grid);

function scaleStripes() {
  for (const pattern of document.querySelectorAll(".drawing .stripes")) {
    pattern.setAttribute("patternTransform", `rotate(45) scale(${unitsOfPixel()})`);
  }
}
