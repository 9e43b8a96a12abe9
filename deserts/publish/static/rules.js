/* Runs the rules of deserts/rules as they are written: MicroPython reads the Python below and answers questions in JSON. */
const LIBRARY = "/lib";

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function unpacked(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/* Returns ask(rule, question) -> answer; plain values go in and come out. ask.asText takes and gives the JSON itself. */
async function startRules() {
  const packed = JSON.parse(document.getElementById("rules").textContent);
  const engine = new Blob([await unpacked(bytesOf(packed.engine))], { type: "application/wasm" });
  const url = URL.createObjectURL(engine);
  const python = await loadMicroPython({ url, heapsize: packed.heap_bytes });
  URL.revokeObjectURL(url);
  const made = new Set(["", "/"]);
  for (const [path, text] of Object.entries(packed.files)) {
    const folders = `${LIBRARY}/${path}`.split("/").slice(0, -1);
    folders.forEach((_, i) => {
      const folder = folders.slice(0, i + 1).join("/");
      if (!made.has(folder)) python.FS.mkdir(folder);
      made.add(folder);
    });
    python.FS.writeFile(`${LIBRARY}/${path}`, text);
  }
  python.runPython(`import sys\nsys.path.append("${LIBRARY}")`);
  const door = python.pyimport("deserts.rules.door");
  const ask = (rule, question) => JSON.parse(door.ask(rule, JSON.stringify(question)));
  ask.asText = (rule, text) => door.ask(rule, text);
  return ask;
}

globalThis.startRules = startRules;
