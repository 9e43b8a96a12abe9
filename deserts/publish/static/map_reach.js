"use strict";
/* Land by driving time in the place of the counties' colours, and who drives farther when one practice stops. */
const isReach = () => measure.key === "reach";
let reach = null;

/* One set of areas at a time, that of the view; the widest lies lowest, lakes lie on top, and borders above all. */
function showReach() {
  if (reach) reach.remove();
  reach = null;
  byId("sizes").hidden = !circles.size || isReach();
  if (!isReach()) return;
  if (bySize()) byId("sizes").querySelector("input").click();
  const { areas, water } = later().reach, last = areas[view.key].length - 1;
  const borders = PATHS.map((path) => path.getAttribute("d")).join("");
  reach = drawing("bands", [
    ...areas[view.key].map((shape, i) => drawn("path", { d: traceShape(shape), class: "area", fill: measure.shades[last - i] })),
    drawn("path", { d: traceShape(water), class: "water" }), drawn("path", { d: borders, class: "borders" })]).addTo(MAP);
}
const reachLegend = () => (isReach() ? [make("p", "For looking at: numbers count people, not land.", { class: "sized" })] : []);

/* The story of a closing: dots are where people live who then drive farther, coloured by their minutes; left of the
   curtain by those once the practice has stopped, right of it by those of today. One slider moves the curtain. */
const MOST_DOT_PX = 11;
let stop = null;

function clearStop() {
  if (!stop) return;
  stop.layer.remove();
  stop.curtain.remove();
  MAP.getContainer().classList.remove("telling");
  MAP.off("moveend", stop.redraw);
  stop = null;
}

const stepOf = (minutes) => {
  const found = DATA.steps.ends.findIndex((end) => minutes <= end);
  return minutes < 0 || found < 0 ? DATA.steps.ends.length : found;
};

function drawStop(i, slider) {
  const dots = later().stops[view.key][i], largest = Math.max(1, ...dots.people);
  const circlesOf = dots.lon.map((lon, k) => drawn("circle", { cx: lon / DATA.grid, cy: yOf(dots.lat[k]), class: "dot" }));
  const gone = drawn("circle", { cx: view.failures.lon[i] / DATA.grid, cy: yOf(view.failures.lat[i]), class: "gone" });
  const curtain = make("div", null, { class: "curtain", "aria-hidden": "true" });
  curtain.append(make("span", "then"), make("span", "today"));
  MAP.getContainer().append(curtain); // not beside it: on a telephone the legend stands below the map
  const redraw = () => {
    const edge = MAP.getSize().x * slider.value / 100, unit = unitsOfPixel();
    circlesOf.forEach((circle, k) => {
      const then = MAP.latLngToContainerPoint([dots.lat[k], dots.lon[k]]).x < edge;
      circle.setAttribute("fill", DATA.steps.shades[stepOf(then ? dots.after[k] : dots.before[k])]);
      circle.setAttribute("r", unit * Math.max(2.5, MOST_DOT_PX * Math.sqrt(dots.people[k] / largest)));
    });
    gone.setAttribute("r", unit * MOST_DOT_PX);
    curtain.style.left = `${slider.value}%`;
  };
  const words = () => slider.setAttribute("aria-valuetext", slider.value === "0" ? "today everywhere" :
    slider.value === "100" ? "once it has stopped everywhere" : `once it has stopped on the left ${slider.value} per cent of the map`);
  slider.addEventListener("input", () => { redraw(); words(); });
  stop = { layer: drawing("stops", [...circlesOf, gone]).addTo(MAP), curtain, redraw };
  MAP.getContainer().classList.add("telling");
  MAP.on("moveend", redraw);
  if (dots.lon.length) {
    const box = L.latLngBounds(dots.lon.map((lon, k) => [dots.lat[k], lon])).extend([view.failures.lat[i], view.failures.lon[i]]);
    MAP.fitBounds(box, { padding: [40, 40], maxZoom: 10, animate: false });
  }
  redraw();
  words();
}

function tellStop(i) {
  forget();
  const points = view.failures, label = make("label", "Move the curtain: from today to once it has stopped");
  const slider = make("input", null, { type: "range", min: 0, max: 100, step: 5, id: "curtain" });
  slider.value = 50;
  label.htmlFor = slider.id;
  const ends = make("div", null, { class: "ends", "aria-hidden": "true" });
  ends.append(make("span", "today"), make("span", "once it has stopped"));
  const colours = make("div", null, { class: "steps" });
  colours.append(...DATA.steps.words.map((words, k) => {
    const row = make("div");
    row.append(swatch(DATA.steps.shades[k]), make("span", words));
    return row;
  }));
  showDetail(...note(points.title[i], points.lines[i], "h3").childNodes, label, slider, ends,
    make("p", "Dots: where people live who then drive farther, larger for more people, coloured by their drive."), colours);
  drawStop(i, slider);
  const same = (one, k) => one.title[k] === points.title[i] && one.lon[k] === points.lon[i] && one.lat[k] === points.lat[i];
  told = () => {
    const again = view.failures.title.findIndex((_, k) => same(view.failures, k));
    if (again >= 0) tellStop(again);
    else byId("whole").click();
  };
}

/* The same by keyboard: a list of the practices on which somebody depends alone. */
function listStops() {
  const list = byId("stops");
  byId("stop_choice").hidden = !view.failures.title.length;
  list.replaceChildren(make("option", "Choose a practice", { value: "" }),
    ...view.failures.title.map((title, i) => make("option", title, { value: i })));
}
byId("stops").addEventListener("change", () => {
  if (byId("stops").value === "") byId("whole").click();
  else tellStop(Number(byId("stops").value));
});
