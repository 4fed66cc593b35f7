// Puts the parts together. State lives in the stores; views draw it; this file tells who hears what.

import { Chaos } from "./app/chaos-panel.js";
import { ChatStore } from "./chat/chat-store.js";
import { ChatView } from "./chat/chat-view.js";
import { DetailView } from "./detail/detail-view.js";
import { byId } from "./ui/dom.js";
import * as api from "./api/client.js";
import * as hash from "./app/route.js";
import { help, listen } from "./app/keyboard.js";
import { ListStore } from "./list/list-store.js";
import { ListView } from "./list/list-view.js";
import { Live } from "./api/live-stream.js";
import { menu } from "./app/menu.js";
import { TopBar } from "./app/top-bar.js";
import { updateWriteErrorBanner } from "./app/write-error-banner.js";
import { announceEvents, toast } from "./ui/toasts.js";
import * as settings from "./util/settings.js";

const columns = byId("columns");
const wide = matchMedia("(min-width: 1101px)");
const now = () => Date.now();

// ── the bar ──

const topBar = new TopBar(byId("bar"), { togglePause: () => togglePause() });

// ── what is known ──

let state = {};
const dirty = new Set();
/// Drawing happens once a frame, however many events came.
function draw(what) {
  if (dirty.size === 0) requestAnimationFrame(paint);
  dirty.add(what);
}

function paint() {
  const all = new Set(dirty);
  dirty.clear();
  if (all.has("list")) {
    chat.hasAny = list.virtual.rows.length > 0 || listStore.items.length > 0;
    list.draw();
  }
  if (all.has("chat") || all.has("list")) chat.draw(listStore.get(chatStore.id));
  if (all.has("state") || all.has("list")) topBar.setTotals(state);
  if (all.has("state")) updateWriteErrorBanner(byId("trouble"), state);
}

const listStore = new ListStore(() => draw("list"));
const chatStore = new ChatStore(
  () => draw("chat"),
  (error) => toast(error.message, { isError: true }),
);

const chaos = new Chaos(topBar.chaosButton, byId("notice"));
const list = new ListView(byId("list"), listStore, { open: (id) => go({ conversation: id }, { focus: true }), now });
const chat = new ChatView(byId("chat"), chatStore, {
  select: (seq) => go({ conversation: chatStore.id, seq }),
  now,
  back: () => back("chat"),
  origin: location.origin,
});
const detail = new DetailView(byId("detail"), { close: () => back("detail"), origin: location.origin });
function setTimes(times) {
  chat.setTimes(times);
  list.times = times;
  list.tick();
}
setTimes(settings.get("times"));
menu(topBar.menuButton, { times: setTimes, help });

// ── where the reader is ──

let here = {};

/// Opens a conversation, an event, or neither, and writes it into the address.
function go(place, { focus = false, replace = false } = {}) {
  const address = hash.format(place) || location.pathname;
  const isSame = hash.format(place) === hash.format(here);
  // Going through events would fill the history; on a phone the way back from one is the back button.
  const only = place.conversation === here.conversation && place.seq !== undefined && here.seq !== undefined;
  if (!isSame) history[replace || only ? "replaceState" : "pushState"](null, "", address);
  return show(place, { focus });
}

async function show(place, { focus = false } = {}) {
  const before = here;
  here = place;
  const { conversation, seq } = place;
  columns.dataset.view = conversation === undefined ? "list" : "chat";
  columns.toggleAttribute("data-detail", seq !== undefined);
  list.select(conversation);
  if (conversation === undefined) chatStore.close();
  else if (conversation !== before.conversation) {
    chat.opened();
    if (seq !== undefined) chat.following = false;
    await chatStore.open(conversation, seq);
  }
  if (here !== place) return;
  chat.select(seq);
  if (seq === undefined) detail.clear();
  else {
    detail.show(seq);
    if (conversation !== before.conversation) {
      requestAnimationFrame(() => requestAnimationFrame(() => chat.show(seq)));
    }
  }
  // With one column at a time, the keyboard follows what is seen.
  if (focus && conversation !== undefined && columns.clientWidth <= 680) {
    requestAnimationFrame(() => chat.scroller.focus({ preventScroll: true }));
  }
}

function back(from) {
  if (from === "detail" || (from === undefined && here.seq !== undefined)) {
    const { seq } = here;
    go({ conversation: here.conversation });
    chat.focus(seq);
    return;
  }
  if (from === undefined && byId("list").contains(document.activeElement)) return;
  if (columns.clientWidth <= 680) go({});
  list.focus();
}

/// Back and forward tell of themselves twice, by either event; the second finds the page there.
function follow() {
  const place = hash.parse(location.hash);
  return hash.format(place) === hash.format(here) ? undefined : show(place);
}
addEventListener("popstate", follow);
addEventListener("hashchange", follow);

// ── what arrives ──

const live = new Live({
  events(events) {
    listStore.take(events);
    if (chatStore.isOpen) chatStore.take(events, { follow: chat.following });
    announceEvents(events.length);
  },
  lost(gaps) {
    listStore.load({ quiet: true });
    // Who reads further up is left there; who follows the end goes on from it.
    if (chat.isReading) chatStore.lost(gaps);
    else reopen();
  },
  anew() {
    detail.clear();
    if (here.seq !== undefined) go({ conversation: here.conversation }, { replace: true });
    listStore.load();
    reopen();
  },
  chaos: (its) => chaos.take(its),
  state(its) {
    state = its;
    if (its.chaos) chaos.take(its.chaos);
    draw("state");
  },
  status(status) {
    topBar.setStatus(status);
    topBar.setPaused(status === "paused");
    // What failed while the server was away is asked for again now that it is back.
    if (status === "live") {
      if (listStore.error) listStore.load();
      if (chatStore.error) reopen();
    }
  },
});

function reopen() {
  if (!chatStore.isOpen) return;
  chat.following = true;
  chatStore.open(chatStore.id);
}

function togglePause() {
  if (live.status === "paused") live.resume();
  else live.pause();
}

// ── the keyboard ──

const inList = () => {
  if (byId("list").contains(document.activeElement)) return true;
  return !chatStore.isOpen || (columns.clientWidth <= 680 && columns.dataset.view === "list");
};

listen({
  move(step) {
    if (inList()) return list.move(step);
    const seq = chat.next(step);
    if (seq === undefined) return undefined;
    chat.focus(seq);
    // Where the event would cover the chat, it is opened by Enter alone.
    if (wide.matches || here.seq !== undefined) go({ conversation: here.conversation, seq });
    return undefined;
  },
  async enter() {
    if (inList()) {
      if (list.cursor === undefined) return;
      await go({ conversation: list.cursor });
      requestAnimationFrame(() => chat.focus());
      return;
    }
    const seq = Number(document.activeElement?.dataset?.seq ?? chat.cursor);
    if (seq) go({ conversation: here.conversation, seq });
    else chat.focus();
  },
  back: () => back(),
  first() {
    if (inList()) list.move(-Infinity);
    else if (chat.first !== undefined) chat.focus(chat.first);
  },
  latest() {
    if (inList()) list.move(Infinity);
    else chat.toLatest();
  },
  search() {
    if (columns.clientWidth <= 680) go({});
    list.search.focus();
    list.search.select();
  },
  leaveSearch(toList) {
    if (!byId("list").contains(document.activeElement)) document.activeElement.blur();
    else if (toList) list.move(0);
    else if (list.search.value !== "") list.clearSearch();
    else list.focus();
  },
  copy: () => detail.copy(),
  pause: () => togglePause(),
});

// ── begin ──

setInterval(() => {
  if (document.hidden) return;
  list.tick();
  chat.tick();
}, 1000);

async function begin() {
  let after = 0;
  try {
    state = await api.state();
    chaos.take(state.chaos);
    after = state.lastSeq ?? 0;
  } catch (error) {
    toast(error.message, { isError: true });
  }
  // The stream begins before the lists are asked for: what arrives in between is folded in, not lost.
  live.start(after, state.instance);
  await Promise.all([listStore.load(), follow()]);
  draw("list");
  draw("state");
}

draw("list");
begin();
