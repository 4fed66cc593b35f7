// Entry point. Creates the stores and views, and connects them to the live stream, the URL, and the
// keyboard.

import * as api from "./api/client.js";
import { LiveStream } from "./api/live-stream.js";
import { ChaosPanel } from "./app/chaos-panel.js";
import { handleShortcuts, showShortcuts } from "./app/keyboard.js";
import { attachMenu } from "./app/menu.js";
import { formatRoute, parseRoute } from "./app/route.js";
import { playSampleConversation } from "./app/sample-conversation.js";
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
/// The address to which clients send events.
const origin = api.pageUrl().replace(/\/$/, "");

// ── Top bar ──

const topBar = new TopBar(byId("top-bar"), { togglePause: () => togglePause() });

// ── Stores, views, and rendering ──

let state = {};
const dirtyParts = new Set();
/// Schedules one render per animation frame, no matter how many events arrive.
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
const list = new ListView(byId("list"), listStore, {
  onOpen: (id) => navigate({ conversation: id }, { focus: true }),
  onPlay: () => playSample(),
  now,
  origin,
});
const chat = new ChatView(byId("chat"), chatStore, {
  onSelect: (seq) => navigate({ conversation: chatStore.id, seq }),
  onBack: () => back("chat"),
  onPlay: () => playSample(),
  origin,
});
const detail = new DetailView(byId("detail"), {
  onClose: () => back("detail"),
  origin,
});
async function playSample() {
  try {
    await playSampleConversation((id) => navigate({ conversation: id }));
  } catch (error) {
    showToast(error.message, { isError: true });
  }
}

function setTimeFormat(format) {
  chat.setTimeFormat(format);
  list.timeFormat = format;
  list.updateTimes();
}
setTimeFormat(settings.get("timeFormat"));
chat.setMarkdown(settings.get("replies") === "markdown");
attachMenu(topBar.menuButton, {
  setTimeFormat,
  setMarkdown: (isOn) => chat.setMarkdown(isOn),
  showShortcuts,
});

// ── Navigation ──

let route = {};

/// Opens a conversation or an event, or closes both, and updates the URL.
function navigate(target, { focus = false, replace = false } = {}) {
  const address = formatRoute(target) || location.pathname;
  const isCurrent = formatRoute(target) === formatRoute(route);
  // Moving to another event replaces the history entry, so that the back button closes the event
  // instead of stepping through all visited events.
  const isSameConversation =
    target.conversation === route.conversation &&
    target.seq !== undefined &&
    route.seq !== undefined;
  if (!isCurrent)
    history[replace || isSameConversation ? "replaceState" : "pushState"](null, "", address);
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
  // In the single-column layout, move the focus to the column that is now visible.
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

/// The back and forward buttons fire both `popstate` and `hashchange`. The second call has nothing
/// left to do.
function followAddress() {
  const target = parseRoute(location.hash);
  return formatRoute(target) === formatRoute(route) ? undefined : applyRoute(target);
}
addEventListener("popstate", followAddress);
addEventListener("hashchange", followAddress);

// ── Live updates ──

const live = new LiveStream({
  events(events) {
    listStore.addEvents(events);
    if (chatStore.isOpen) chatStore.addEvents(events, { follow: chat.following });
    announceEvents(events.length);
  },
  missed(gaps) {
    listStore.load({ quiet: true });
    // Keep the scroll position of a user who has scrolled back. Otherwise, reload at the end.
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
    // Retry what failed while the server was unavailable.
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

// ── Keyboard ──

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
    // In narrow layouts, opening an event covers the chat. There, only Enter opens it.
    if (wideLayout.matches || route.seq !== undefined)
      navigate({ conversation: route.conversation, seq });
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
  nextProblem() {
    const seq = chat.nextProblem();
    if (seq === undefined) {
      if (chatStore.isOpen) showToast("No loaded event of this conversation has a problem");
      return;
    }
    chat.focusEvent(seq);
    navigate({ conversation: route.conversation, seq });
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

// ── Startup ──

setInterval(() => {
  if (document.hidden) return;
  list.updateTimes();
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
  // Start the stream before loading the lists. The stores buffer events that arrive while they
  // load.
  live.start(after, state.instance);
  await Promise.all([listStore.load(), followAddress()]);
  scheduleRender("list");
  scheduleRender("state");
}

scheduleRender("list");
start();
