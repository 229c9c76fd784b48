// A socket that comes back by itself: waits longer after each failure, and notices a line gone dead.
window.alongside = (() => {
  const FIRST = 1000, LONGEST = 30000, BEAT = 20000;
  const NOT_ALLOWED = 4403;

  function follow(path, heard, lost) {
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    let wait = FIRST, timer = null, beat = null, last = 0, current = null;

    function open() {
      const socket = current = new WebSocket(url);
      socket.addEventListener("open", () => {
        if (socket !== current) return socket.close();
        last = Date.now();
        beat = setInterval(() => {
          if (Date.now() - last > 2 * BEAT) socket.close();
          else if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
        }, BEAT);
      });
      socket.addEventListener("message", (event) => {
        if (socket !== current) return;
        last = Date.now();
        wait = FIRST;
        const message = JSON.parse(event.data);
        if (message.type !== "pong") heard(message);
      });
      socket.addEventListener("close", (event) => {
        if (socket !== current) return; // another line has taken its place
        clearInterval(beat);
        if (event.code === NOT_ALLOWED) return location.reload();
        lost(last ? new Date(last) : new Date());
        timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST);
      });
    }
    // Back on line, or the laptop was opened again: no need to wait for the timer. The line from before, if it
    // still seems open, is let go: a page that heard on two would ask for everything twice, and never stop.
    addEventListener("online", () => {
      clearTimeout(timer);
      clearInterval(beat);
      wait = FIRST;
      const before = current;
      open();
      before.close();
    });
    open();
  }

  // At most one call in that many milliseconds; the last one is never dropped.
  function paced(call, milliseconds) {
    let waiting = null, last = 0;
    return () => {
      if (waiting !== null) return;
      waiting = setTimeout(() => { waiting = null; last = Date.now(); call(); },
        Math.max(0, last + milliseconds - Date.now()));
    };
  }

  // null: too few for this officer to be told how many.
  const figure = (value) => (value === null ? "\u2066<10\u2069" : String(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return { follow, paced, figure };
})();
