/* The pump's days and plan: asked of the rules that the commands run too (deserts/rules); nothing is reckoned here. */
let ask = null;
const someTicked = (id) => [...document.querySelectorAll(`#${id} input`)].some((box) => box.checked);

/* What was entered, as the rules take it. */
function pumpQuestion() {
  return {
    today: isoToday(), alarm_on: given("alarm"), run_dry_on: given("dry"), fill: fillOf(given("filled")), drugs: drugsOf(),
    withdrawal_signs: someTicked("withdrawal"), overdose_signs: someTicked("overdose"),
    limits: DATA.refill.limits, words: DATA.refill.words,
  };
}

function makePlan(timeline) {
  return ask("plan.make", {
    today: isoToday(), timeline, authorisation_days: null, drug_days: null,
    limits: DATA.refill.limits, words: DATA.refill.words,
  });
}

function dayRow(name, early, late) {
  const row = make("tr"), words = (day) => (day === null ? "not known" : day < isoToday() ? `${day} (passed)` : day);
  row.append(make("th", name, { scope: "row" }), make("td", words(early)), make("td", late === undefined ? "" : words(late)));
  return row;
}

function dayTable(timeline) {
  const table = make("table"), head = make("tr");
  head.append(make("th", "Day"), make("th", "Earliest plausible"), make("th", "As programmed"));
  table.append(head, dayRow("Refill by", timeline.refill_by), dayRow("Last safe day", timeline.last_safe_on),
    dayRow("Low-reservoir alarm", timeline.earliest_alarm_on, timeline.alarm_on),
    dayRow("Empty", timeline.earliest_empty_on, timeline.nominal_empty_on));
  return table;
}

/* Shows what is most pressing first; returns the timeline, null for a service without refills. */
function drawDates() {
  if (!DATA.refill) return null;
  const timeline = ask("timeline.reckon", pumpQuestion());
  const line = [timeline.first_line, timeline.safe_line].filter(Boolean).join(" ");
  byId("emergency").hidden = !line;
  byId("emergency").textContent = line;
  byId("emergency").className = timeline.is_emergency ? "emergency" : "pressing";
  byId("plan").replaceChildren();
  if (!timeline.is_known && !timeline.is_red) return timeline;
  const plan = makePlan(timeline), list = make("ol");
  for (const step of plan.steps) {
    list.append(make("li", `${step.when}: ${step.what} (${step.why})`, { class: step.is_late ? "late" : "" }));
  }
  const lines = [...timeline.red.map((text) => `Red: ${text}`), ...timeline.ask.map((text) => `Ask the clinic: ${text}`),
    ...timeline.warnings.map((text) => `Check: ${text}`)];
  byId("plan").append(make("h2", "Plan by days left"), ...(line ? [] : [make("p", plan.headline)]),
    ...(timeline.emergency.length ? [make("p", `Because: ${timeline.emergency.join("; ")}.`)] : []), list,
    ...(timeline.earliest_empty_on ? [dayTable(timeline)] : []), ...lines.map((text) => make("p", text)),
    ...(timeline.why.length ? [make("p", `Reckoned from: ${timeline.why.join("; ")}.`, { class: "why" })] : []));
  return timeline;
}

/* A number without its unit is not sent: no unit stands there by default. */
function wantUnits() {
  for (const name of ["strength", "dose"]) byId(`${name}-unit`).required = given(name) !== null;
}

async function startDates() {
  if (DATA.refill) byId("question").addEventListener("input", wantUnits);
  try {
    ask = await startRules();
    byId("find").disabled = false;
  } catch (error) {
    byId("broken").hidden = false;
    throw error;
  }
}
