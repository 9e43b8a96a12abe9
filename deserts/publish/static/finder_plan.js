"use strict";
/* Days left and deadlines, counted as deserts/patients/plan.py counts them: working days without federal holidays. */
const HOLIDAYS = new Set(DATA.plan.holidays);
const isoOf = (day) => day.toISOString().slice(0, 10);
const dayOf = (text) => new Date(`${text}T00:00:00Z`);
const plus = (day, count) => new Date(day.getTime() + count * 86400000);
const today = () => { const now = new Date(); return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())); };
const isWorkday = (day) => day.getUTCDay() % 6 !== 0 && !HOLIDAYS.has(isoOf(day));

function latestWorkday(day) {
  let found = day;
  while (!isWorkday(found)) found = plus(found, -1);
  return found;
}

function addWorkdays(day, count) {
  const step = count > 0 ? 1 : -1;
  let found = day;
  for (let left = Math.abs(count); left > 0; left--) {
    do { found = plus(found, step); } while (!isWorkday(found));
  }
  return found;
}

function makePlan(runDry, withdrawal) {
  const now = today(), left = Math.round((runDry - now) / 86400000);
  const wanted = latestWorkday(plus(runDry, -DATA.plan.lead_days));
  const before = plus(runDry, -1);
  const target = wanted > now ? wanted : latestWorkday(before > now ? before : now);
  const step = (by, words) => ({ by, words, late: by < now });
  return {
    left, target,
    emergency: withdrawal || left <= DATA.plan.emergency_days,
    steps: [
      step(now, "Call the clinics below in their order; ask the first question, write down name and day of each answer."),
      step(addWorkdays(target, -DATA.plan.authorisation_days), "Send the payer's authorisation request."),
      step(addWorkdays(target, -DATA.plan.drug_days), "Make sure that the refilling clinic orders the drug in the right strength."),
      step(target, "Refill done."),
    ].sort((a, b) => Math.max(a.by, now) - Math.max(b.by, now)),
  };
}
