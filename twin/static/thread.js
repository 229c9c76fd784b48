// One phone's thread: bubbles, ticks, the weight of what is being typed.

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const ESCAPED = new Set("\f^{}\\[~]|€");

const TICKS = {
  queued: ["◷", "in the queue"],
  sending: ["↑", "on its way"],
  sent: ["✓", "with the carrier"],
  delivered: ["✓✓", "delivered"],
  undelivered: ["✕", "not delivered"],
  failed: ["✕", "not sent"],
};

const EXAMPLES = {
  en: (from, to) => `REG LIBYA TRIPOLI ${from} ${to} 2 people`,
  it: (from, to) => `ISCRIVI LIBIA TRIPOLI ${from} ${to} 2 persone`,
  es: (from, to) => `REGISTRAR LIBIA TRIPOLI ${from} ${to} 2 personas`,
  fr: (from, to) => `INSCRIRE LIBYE TRIPOLI ${from} ${to} 2 personnes`,
  ar: (from, to) => `تسجيل ليبيا طرابلس ${from} ${to} شخصين`,
};

const dayFormat = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const timeFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export const clock = (iso) => timeFormat.format(new Date(iso));

export function weigh(text) {
  const chars = [...text];
  const gsm = chars.every((char) => BASIC.has(char) || ESCAPED.has(char));
  const weights = chars.map((char) => (gsm ? (ESCAPED.has(char) ? 2 : 1) : char.length));
  const units = weights.reduce((sum, weight) => sum + weight, 0);
  const [whole, part] = gsm ? [160, 153] : [70, 67];
  let segments = 1;
  let room = part;
  if (units > whole) {
    for (const weight of weights) {
      if (weight > room) { segments += 1; room = part; }
      room -= weight;
    }
  }
  return { encoding: gsm ? "GSM-7" : "UCS-2", units, segments, most: units > whole ? segments * part : whole };
}

export function weightInWords(text) {
  if (!text) return "";
  const { encoding, units, segments, most } = weigh(text);
  return `${segments} ${segments === 1 ? "segment" : "segments"} · ${units} of ${most} · ${encoding}`;
}

// A text somebody could send now: arrived today, so that a check-in sent in a minute asks this phone too.
export function example(language) {
  const date = (days) => {
    const day = new Date(Date.now() + days * 86400000);
    return `${day.getDate()}/${day.getMonth() + 1}`;
  };
  return (EXAMPLES[language] ?? EXAMPLES.en)(date(0), date(13));
}

function bubble(entry) {
  const made = element("article", "bubble");
  made.classList.toggle("is-mine", entry.mine);
  made.classList.toggle("is-away", !entry.mine && entry.status !== "delivered");
  const text = element("p", "bubble-text", entry.body);
  text.dir = "auto";
  made.append(text);
  const meta = element("p", "bubble-meta");
  const time = element("time", "", clock(entry.at));
  time.dateTime = entry.at;
  const parts = entry.segments === 1 ? "1 segment" : `${entry.segments} segments`;
  meta.append(time, element("span", "", `${parts} ${entry.encoding}`));
  if (!entry.mine) meta.append(tick(entry));
  made.append(meta);
  if (entry.problem) made.append(element("p", "bubble-problem", problemInWords(entry)));
  return made;
}

function tick(entry) {
  const [sign, words] = TICKS[entry.status] ?? ["", entry.status];
  const made = element("span", "tick");
  const mark = element("span", "", sign);
  mark.setAttribute("aria-hidden", "true");
  made.append(mark, ` ${words}`);
  made.classList.toggle("is-delivered", entry.status === "delivered");
  made.classList.toggle("is-failed", entry.status === "failed" || entry.status === "undelivered");
  return made;
}

function problemInWords(entry) {
  if (entry.alert === 11205) return "The service could not be reached (11205). Is it running? The text is kept here: deliver it once more from the ⋯ menu.";
  return `${entry.problem} (${entry.alert ?? entry.code}).`;
}

// Draws the thread anew where it changed; bubbles that stay the same stay in place.
export function drawThread(box, entries, firstSight, card) {
  const atEnd = firstSight || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const old = new Map([...box.children].map((child) => [child.dataset.key, child]));
  let day = "";
  const wanted = [];
  for (const entry of entries) {
    const today = dayFormat.format(new Date(entry.at));
    if (today !== day) {
      day = today;
      const mark = old.get(day) ?? element("p", "day", day);
      mark.dataset.key = day;
      wanted.push(mark);
    }
    if (entry.transcript) {
      const known = old.get(entry.sid);
      const print = `${entry.status} ${entry.transcript.length}`;
      const made = known?.dataset.print === print ? known : card(entry);
      made.open = known?.open ?? false;
      made.dataset.key = entry.sid;
      made.dataset.print = print;
      wanted.push(made);
      continue;
    }
    const print = `${entry.status} ${entry.alert} ${entry.code}`;
    let made = old.get(entry.sid);
    if (made?.dataset.print !== print) {
      const known = made !== undefined;
      made = bubble(entry);
      made.dataset.key = entry.sid;
      made.dataset.print = print;
      if (!known && !firstSight) made.classList.add("is-new");
    }
    wanted.push(made);
  }
  box.replaceChildren(...wanted);
  if (atEnd) box.scrollTop = box.scrollHeight;
}

export function drawFirstSteps(box, language, choose) {
  const steps = element("div", "first");
  steps.append(element("h3", "", "Nothing here yet"));
  steps.append(element("p", "", "Register a trip as a traveller would. Pick this text, change it if you like, send it:"));
  const pick = element("button", "quick-button", example(language));
  pick.type = "button";
  pick.dir = "auto";
  pick.addEventListener("click", () => choose(pick.textContent));
  steps.append(pick, element("p", "", "Or leave something out, and see what the service asks."));
  box.replaceChildren(steps);
}
