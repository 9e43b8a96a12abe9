"use strict";
/* Small parts that pages in one file share. Text is only ever set as text. */
const AGES = { adult: "adults", paediatric: "children", both: "adults and children", unknown: "ages unknown" };
const MILLION = 1000000;
const UNITS = { "mcg/mL": 1, "mg/mL": 1000, "mcg/day": 1, "mg/day": 1000 };
const byId = (id) => document.getElementById(id);
const given = (id) => byId(id).value.trim() || null;
const millionths = (id, factor = 1) => (given(id) === null ? null : Math.round(Number(given(id)) * factor * MILLION));

function make(tag, text, attributes) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  return element;
}

function phoneLink(number) {
  if (!number) return make("span", "no telephone in the data");
  return make("a", number, { href: `tel:${number.replace(/[^0-9+]/g, "")}` });
}

function isoToday() {
  const now = new Date(), two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function waitWords(wait) {
  return wait ? `first visit of a new patient offered in ${wait[0]} day${wait[0] === 1 ? "" : "s"} when asked` : "";
}

/* The print-out's fill and drug as the rules take them: days as text, volumes in nanolitres, masses in picograms. */
function drugsOf() {
  return given("strength") === null ? [] : [{
    name: given("drug") || "", strength_pg_ml: millionths("strength", UNITS[byId("strength-unit").value]),
    dose_pg: millionths("dose", UNITS[byId("dose-unit").value]),
  }];
}

function fillOf(filledOn) {
  return filledOn === null ? null : {
    filled_on: filledOn, fill_nl: millionths("fill"), alarm_nl: millionths("alarm-volume"), daily_nl: null,
    printed_alarm_on: null, printed_on: null, changed_on: null, previous_nl: null, residual: null,
  };
}
