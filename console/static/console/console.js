// What every page does: clocks, "4 minutes ago", keys, notes, filters, and news of help requests.
(() => {
  const language = document.documentElement.lang || "en";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function tickClocks() {
    for (const clock of all("[data-clock]")) {
      const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: clock.dataset.clock };
      const wall = clock.querySelector("time");
      if (wall) wall.textContent = new Intl.DateTimeFormat("en-GB", parts).format(new Date());
    }
  }

  const relative = new Intl.RelativeTimeFormat(`${language}-u-nu-latn`, { numeric: "always", style: "long" });
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  function tickAgo() {
    for (const holder of all("[data-ago]")) {
      const at = holder.getAttribute("datetime") || holder.closest("time").getAttribute("datetime");
      const seconds = (new Date(at) - new Date()) / 1000;
      if (Math.abs(seconds) < 60) {
        holder.textContent = document.body.dataset.justNow;
        continue;
      }
      const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length * 2) || ["minute", 60];
      holder.textContent = relative.format(Math.round(seconds / size), unit);
    }
  }

  const LEAPS = { n: "now", c: "campaigns", h: "cases", i: "inbox", f: "figures", o: "officers", s: "settings" };
  let leaping = false;
  function onKey(event) {
    const typing = event.target.closest("input, textarea, select, dialog[open]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const dialog = document.querySelector("[data-keys]");
    if (leaping) {
      leaping = false;
      const entry = document.querySelector(`.rail [data-count="${LEAPS[event.key]}"]`);
      if (entry) entry.closest("a").click();
    } else if (event.key === "g") {
      leaping = true;
      setTimeout(() => { leaping = false; }, 1500);
    } else if (event.key === "?" && dialog) {
      dialog.showModal();
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    } else {
      const named = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!named) return;
      event.preventDefault();
      if (named.matches("textarea")) named.focus(); else named.click();
    }
  }
  function step(by) {
    const rows = all(".row-link");
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
    if (next) next.focus();
  }

  function closeNotes() {
    for (const button of all("[data-close]")) {
      button.hidden = false;
      button.addEventListener("click", () => button.closest("[data-toast]").remove());
    }
  }

  function filters() {
    for (const field of all("[data-filter]")) {
      const rows = all(field.dataset.filter);
      const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
      field.addEventListener("input", () => {
        const wanted = plain(field.value);
        for (const row of rows) {
          const ticked = row.querySelector("input:checked");
          row.hidden = !ticked && !plain(row.textContent).includes(wanted);
        }
      });
      field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
    }
  }

  // A text offered in other letters goes into its field, and is counted anew.
  function offers() {
    document.addEventListener("click", (event) => {
      const offer = event.target.closest("[data-take]");
      if (!offer) return;
      const field = offer.closest("form").elements[offer.dataset.field];
      field.value = offer.dataset.take;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    });
  }

  // A ready answer is put into the field, where it can be changed and is counted.
  function readyAnswers() {
    for (const list of all("[data-phrases]")) {
      const field = document.querySelector(list.dataset.phrases);
      list.addEventListener("change", (event) => {
        const words = event.target.closest("label").querySelector("span");
        field.value = (words.querySelector("[data-theirs]") || words).textContent;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }

  function themeChoice() {
    for (const radio of all("[name=theme]")) {
      radio.checked = radio.value === (localStorage.getItem("theme") || "auto");
      radio.addEventListener("change", () => {
        localStorage.setItem("theme", radio.value);
        dispatchEvent(new Event("themechosen"));
      });
    }
  }

  function drillSwitch() {
    const drill = document.querySelector("[data-drill]");
    const band = document.querySelector("[data-drill-band]");
    if (!drill || !band) return;
    const show = () => {
      band.hidden = !drill.checked;
      document.body.classList.toggle("is-drill", drill.checked);
    };
    drill.addEventListener("change", show);
    show();
  }

  function news() {
    const chips = document.getElementById("chips");
    if (!chips?.dataset.nowUrl) return; // an analyst hears of no case
    const said = document.querySelector("[data-said]");
    // What the page was made with: a call that came before the line was open is news as well.
    let waiting = Number(chips.dataset.waiting);
    let first = true;
    const refresh = alongside.paced(() => {
      htmx.ajax("GET", chips.dataset.nowUrl, { target: "#chips", swap: "innerHTML" });
      htmx.trigger(document.body, "news");
    }, 1500);
    alongside.follow("/console/live/now/", (message) => {
      document.querySelector("[data-lost]").hidden = true;
      for (const [name, count] of [["cases", message.waiting], ["inbox", message.inbox]]) {
        const badge = document.querySelector(`.rail [data-count="${name}"]`);
        if (badge) { badge.textContent = alongside.figure(count); badge.hidden = !count; }
      }
      // A screen reader hears of new requests for help only: never of every figure that moves.
      if (said && message.waiting > waiting) {
        said.textContent = said.dataset.said;
        setTimeout(() => { said.textContent = ""; }, 10000); // so that the next one is said again
      }
      if (!first || message.waiting !== waiting) refresh();
      first = false;
      waiting = message.waiting;
    }, (since) => {
      const band = document.querySelector("[data-lost]");
      const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(since);
      band.textContent = band.dataset.lost.replace("{time}", time);
      band.hidden = false;
    });
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("DOMContentLoaded", () => {
    closeNotes();
    filters();
    readyAnswers();
    themeChoice();
    drillSwitch();
    offers();
    tickClocks();
    tickAgo();
    setInterval(tickClocks, 5000);
    setInterval(tickAgo, 20000);
    document.body.addEventListener("htmx:afterSwap", tickAgo);
    document.querySelector("[data-focus]")?.focus();
    news();
  });
})();
