// Puts the parts together. State lives in the stores; views draw it; this file tells who hears what.

import * as api from "./api/client.js";
import { LiveStream } from "./api/live-stream.js";
import { ChaosPanel } from "./app/chaos-panel.js";
import { handleShortcuts, showShortcuts } from "./app/keyboard.js";
import { attachMenu } from "./app/menu.js";
import { formatRoute, parseRoute } from "./app/route.js";
import { TopBar } from "./app/top-bar.js";
import { updateWriteErrorBanner } from "./app/write-error-banner.js";
import { ChatStore } from "./chat/chat-store.js";
import { ChatView } from "./chat/chat-view.js";
import { DetailView } from "./detail/detail-view.js";
import { ListStore } from "./list/list-store.js";
import { ListView } from "./list/list-view.js";
import { byId } from "./ui/dom.js";
import { announceEvents, showToast } from "./ui/toasts.js";
import * as settings from "./util/settings.js";

const columns = byId("columns");
const wideLayout = matchMedia("(min-width: 1101px)");
const now = () => Date.now();

// ── the bar ──

const topBar = new TopBar(byId("top-bar"), { togglePause: () => togglePause() });

// ── what is known ──

let state = {};
const dirtyParts = new Set();
/// Drawing happens once a frame, however many events came.
function scheduleRender(part) {
  if (dirtyParts.size === 0) requestAnimationFrame(render);
  dirtyParts.add(part);
}

function render() {
  const parts = new Set(dirtyParts);
  dirtyParts.clear();
  if (parts.has("list")) {
    chat.hasConversations = list.virtualList.rows.length > 0 || listStore.items.length > 0;
    list.render();
  }
  if (parts.has("chat") || parts.has("list")) chat.render(listStore.get(chatStore.id));
  if (parts.has("state") || parts.has("list")) topBar.setTotals(state);
  if (parts.has("state")) updateWriteErrorBanner(byId("write-error-banner"), state);
}

const listStore = new ListStore(() => scheduleRender("list"));
const chatStore = new ChatStore(
  () => scheduleRender("chat"),
  (error) => showToast(error.message, { isError: true }),
);

const chaosPanel = new ChaosPanel(topBar.chaosButton, byId("chaos-banner"));
const list = new ListView(byId("list"), listStore, { onOpen: (id) => navigate({ conversation: id }, { focus: true }), now });
const chat = new ChatView(byId("chat"), chatStore, {
  onSelect: (seq) => navigate({ conversation: chatStore.id, seq }),
  now,
  onBack: () => back("chat"),
  origin: location.origin,
});
const detail = new DetailView(byId("detail"), { onClose: () => back("detail"), origin: location.origin });
function setTimeFormat(format) {
  chat.setTimeFormat(format);
  list.timeFormat = format;
  list.updateTimes();
}
setTimeFormat(settings.get("timeFormat"));
attachMenu(topBar.menuButton, { setTimeFormat, showShortcuts });

// ── where the reader is ──

let route = {};

/// Opens a conversation, an event, or neither, and writes it into the address.
function navigate(target, { focus = false, replace = false } = {}) {
  const address = formatRoute(target) || location.pathname;
  const isCurrent = formatRoute(target) === formatRoute(route);
  // Going through events would fill the history; on a phone the way back from one is the back button.
  const isSameConversation = target.conversation === route.conversation && target.seq !== undefined && route.seq !== undefined;
  if (!isCurrent) history[replace || isSameConversation ? "replaceState" : "pushState"](null, "", address);
  return applyRoute(target, { focus });
}

async function applyRoute(target, { focus = false } = {}) {
  const previous = route;
  route = target;
  const { conversation, seq } = target;
  columns.dataset.view = conversation === undefined ? "list" : "chat";
  columns.toggleAttribute("data-detail-open", seq !== undefined);
  list.setSelected(conversation);
  if (conversation === undefined) chatStore.close();
  else if (conversation !== previous.conversation) {
    chat.reset();
    if (seq !== undefined) chat.following = false;
    await chatStore.open(conversation, seq);
  }
  if (route !== target) return;
  chat.setSelected(seq);
  if (seq === undefined) detail.clear();
  else {
    detail.show(seq);
    if (conversation !== previous.conversation) {
      requestAnimationFrame(() => requestAnimationFrame(() => chat.scrollToEvent(seq)));
    }
  }
  // With one column at a time, the keyboard follows what is seen.
  if (focus && conversation !== undefined && columns.clientWidth <= 680) {
    requestAnimationFrame(() => chat.scroller.focus({ preventScroll: true }));
  }
}

function back(from) {
  if (from === "detail" || (from === undefined && route.seq !== undefined)) {
    const { seq } = route;
    navigate({ conversation: route.conversation });
    chat.focusEvent(seq);
    return;
  }
  if (from === undefined && byId("list").contains(document.activeElement)) return;
  if (columns.clientWidth <= 680) navigate({});
  list.focusRow();
}

/// Back and forward tell of themselves twice, by either event; the second finds the page there.
function followAddress() {
  const target = parseRoute(location.hash);
  return formatRoute(target) === formatRoute(route) ? undefined : applyRoute(target);
}
addEventListener("popstate", followAddress);
addEventListener("hashchange", followAddress);

// ── what arrives ──

const live = new LiveStream({
  events(events) {
    listStore.addEvents(events);
    if (chatStore.isOpen) chatStore.addEvents(events, { follow: chat.following });
    announceEvents(events.length);
  },
  missed(gaps) {
    listStore.load({ quiet: true });
    // Who reads further up is left there; who follows the end goes on from it.
    if (chat.isScrolledBack) chatStore.addGaps(gaps);
    else reopen();
  },
  restarted() {
    detail.clear();
    if (route.seq !== undefined) navigate({ conversation: route.conversation }, { replace: true });
    listStore.load();
    chat.reset();
    reopen();
  },
  chaos: (newState) => chaosPanel.setState(newState),
  state(newState) {
    state = newState;
    if (newState.chaos) chaosPanel.setState(newState.chaos);
    scheduleRender("state");
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

const isInList = () => {
  if (byId("list").contains(document.activeElement)) return true;
  return !chatStore.isOpen || (columns.clientWidth <= 680 && columns.dataset.view === "list");
};

handleShortcuts({
  move(step) {
    if (isInList()) return list.moveCursor(step);
    const seq = chat.seqAtStep(step);
    if (seq === undefined) return undefined;
    chat.focusEvent(seq);
    // Where the event would cover the chat, it is opened by Enter alone.
    if (wideLayout.matches || route.seq !== undefined) navigate({ conversation: route.conversation, seq });
    return undefined;
  },
  async open() {
    if (isInList()) {
      if (list.cursor === undefined) return;
      await navigate({ conversation: list.cursor });
      requestAnimationFrame(() => chat.focusEvent());
      return;
    }
    const seq = Number(document.activeElement?.dataset?.seq ?? chat.cursor);
    if (seq) navigate({ conversation: route.conversation, seq });
    else chat.focusEvent();
  },
  back: () => back(),
  first() {
    if (isInList()) list.moveCursor(-Infinity);
    else if (chat.firstSeq !== undefined) chat.focusEvent(chat.firstSeq);
  },
  latest() {
    if (isInList()) list.moveCursor(Infinity);
    else chat.jumpToLatest();
  },
  search() {
    if (columns.clientWidth <= 680) navigate({});
    list.search.focus();
    list.search.select();
  },
  leaveSearch(focusList) {
    if (!byId("list").contains(document.activeElement)) document.activeElement.blur();
    else if (focusList) list.moveCursor(0);
    else if (list.search.value !== "") list.clearSearch();
    else list.focusRow();
  },
  copy: () => detail.copy(),
  togglePause: () => togglePause(),
});

// ── begin ──

setInterval(() => {
  if (document.hidden) return;
  list.updateTimes();
  chat.updateTimestamps();
}, 1000);

async function start() {
  let after = 0;
  try {
    state = await api.getState();
    chaosPanel.setState(state.chaos);
    after = state.lastSeq ?? 0;
  } catch (error) {
    showToast(error.message, { isError: true });
  }
  // The stream begins before the lists are asked for: what arrives in between is folded in, not lost.
  live.start(after, state.instance);
  await Promise.all([listStore.load(), followAddress()]);
  scheduleRender("list");
  scheduleRender("state");
}

scheduleRender("list");
start();
