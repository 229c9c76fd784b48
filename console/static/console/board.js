// The live board: figures and bars move when the campaign does; panels follow a little later.
(() => {
  const board = document.querySelector("[data-board]");
  if (!board) return;
  const each = (selector, act) => board.querySelectorAll(selector).forEach(act);

  function set(holder, text) {
    if (holder.textContent === text) return;
    holder.textContent = text;
    holder.classList.remove("arrived");
    void holder.offsetWidth; // starts the highlight anew
    holder.classList.add("arrived");
  }

  function show(figures) {
    const total = figures.total || 0;
    each("[data-figure]", (holder) => {
      const value = figures[holder.dataset.figure];
      if (value !== undefined) set(holder, alongside.figure(value));
    });
    each("[data-share]", (holder) => {
      const value = figures[holder.dataset.share];
      if (value !== undefined) holder.textContent = total && value !== null ? `${Math.round((100 * value) / total)}\u202f%` : "–";
    });
    let start = {};
    each("[data-width]", (bar) => {
      const value = figures[bar.dataset.width] || 0;
      const row = bar.closest("svg");
      const from = start[row.id] || 0;
      const width = total ? (100 * value) / total : 0;
      bar.setAttribute("x", `${from}%`);
      bar.setAttribute("width", `${width}%`);
      start[row.id] = from + width;
    });
  }

  const refresh = alongside.paced(() => htmx.trigger(document.body, "boardmoved"), 3000);
  const asOf = board.querySelector("[data-as-of]");
  let state = board.dataset.state;
  alongside.follow(board.dataset.board, (message) => {
    board.classList.remove("is-stale");
    asOf.setAttribute("datetime", message.at);
    asOf.querySelector("[data-wall]").textContent = message.wall;
    show(message.figures);
    refresh();
    // It was all sent, or another officer paused or stopped it: the steps shown are no longer true.
    if (message.state !== state) htmx.trigger(document.body, "statemoved");
    state = message.state;
  }, () => board.classList.add("is-stale"));
})();
