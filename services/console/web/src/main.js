// The page: which view the address names, and whether the stream is open.
import { ask, live } from "./api.js";
import { TryView } from "./attempt.js";
import { h, put } from "./dom.js";
import { EventsView } from "./events.js";
import { FlowView } from "./flow.js";
import { StoryView } from "./story.js";

const VIEWS = { events: EventsView, story: StoryView, flow: FlowView, try: TryView };
const main = document.getElementById("main");
const made = {};
let about = null;
let shown = null;

async function route(isFirst) {
  const [path, query = ""] = location.hash.replace(/^#\//, "").split("?");
  const parts = path.split("/");
  const name = VIEWS[parts[0]] ? parts[0] : "events";
  made[name] ??= new VIEWS[name](about);
  const view = made[name];
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === name || (name === "story" && link.dataset.view === "events")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (shown !== view) {
    shown?.leave();
    put(main, view.element);
    shown = view;
    if (!isFirst) {
      main.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }
  await view.enter(parts, new URLSearchParams(query));
}

function pulse(state) {
  const element = document.getElementById("pulse");
  element.dataset.state = state;
  element.querySelector("b").textContent = state === "on" ? "live" : "not connected";
}

async function start() {
  try {
    about = await ask("about");
  } catch (error) {
    put(main, h("p", { class: "empty" }, `The server does not answer: ${error.message}`));
    return;
  }
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  addEventListener("hashchange", () => route(false));
  await route(true);
  live(pulse);
}

start();
