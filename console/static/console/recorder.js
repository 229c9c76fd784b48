// Recording a text in the page: the microphone's sound becomes a WAV file of the telephone's quality, is heard
// as callers will hear it, and is sent with the same form as an uploaded file once somebody keeps it.
(() => {
  const RATE = 8000;
  const LONGEST = 60_000;

  const forms = document.querySelectorAll("[data-recorder]");
  const can = Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder && globalThis.OfflineAudioContext);
  let running = null;

  function trouble() {
    document.querySelector("[data-no-microphone]").hidden = false;
  }

  async function atTelephoneRate(blob) {
    const context = new AudioContext();
    const heard = await context.decodeAudioData(await blob.arrayBuffer());
    await context.close();
    const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(heard.duration * RATE)), RATE);
    const source = offline.createBufferSource();
    source.buffer = heard;
    source.connect(offline.destination);
    source.start();
    return (await offline.startRendering()).getChannelData(0);
  }

  function wav(samples) {
    const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const word = (at, text) => [...text].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
    word(0, "RIFF");
    view.setUint32(4, 36 + samples.length * 2, true);
    word(8, "WAVEfmt ");
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, RATE, true);
    view.setUint32(28, RATE * 2, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    word(36, "data");
    view.setUint32(40, samples.length * 2, true);
    samples.forEach((sample, place) => {
      view.setInt16(44 + place * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true);
    });
    return new File([view.buffer], "recording.wav", { type: "audio/wav" });
  }

  // Between the recording and its keeping the row offers nothing but to hear it, to keep it or to record anew.
  async function offer(form, pieces) {
    const file = wav(await atTelephoneRate(new Blob(pieces)));
    const files = new DataTransfer();
    files.items.add(file);
    form.elements.sound.files = files.files;
    const preview = form.querySelector("[data-preview]");
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    show(form, true);
    preview.focus();
  }

  function show(form, recorded) {
    form.querySelector("[data-preview]").hidden = form.querySelector("[data-keep]").hidden = !recorded;
    form.elements.sound.hidden = form.querySelector("[data-use]").hidden = recorded;
  }

  // How long it has been recording, until what is returned is called.
  function counting(place) {
    let seconds = 0;
    const show = () => { place.textContent = `0:${String(seconds).padStart(2, "0")}`; };
    const tick = setInterval(() => { seconds += 1; show(); }, 1000);
    show();
    place.hidden = false;
    return () => {
      clearInterval(tick);
      place.hidden = true;
    };
  }

  async function record(form, button) {
    running?.stop();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    const recorder = new MediaRecorder(stream);
    const pieces = [];
    const end = setTimeout(() => recorder.stop(), LONGEST);
    const count = counting(form.querySelector("[data-elapsed]"));
    const record = button.textContent;
    recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      clearTimeout(end);
      count();
      if (running === recorder) running = null;
      stream.getTracks().forEach((track) => track.stop());
      button.textContent = record;
      button.classList.replace("btn-danger", "btn-outline-primary");
      offer(form, pieces).catch(trouble);
    });
    form.querySelector("[data-preview]").pause();
    recorder.start();
    running = recorder;
    button.textContent = button.dataset.stop;
    button.classList.replace("btn-outline-primary", "btn-danger");
    return recorder;
  }

  for (const form of forms) {
    const button = form.querySelector("[data-record]");
    button.hidden = !can;
    let mine = null;
    button.addEventListener("click", async () => {
      if (mine && running === mine) {
        running.stop();
        return;
      }
      button.disabled = true;  // while the browser asks for the microphone
      try {
        mine = await record(form, button);
      } catch {
        trouble();
      }
      button.disabled = false;
      button.focus();
    });
  }
  if (!can && forms.length) trouble();
})();
