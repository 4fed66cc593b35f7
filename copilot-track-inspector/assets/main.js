// Entry point. Creates the stores and views, and connects them to the live stream, the URL, and the
// keyboard.

import * as api from "./api/client.js";
import { LiveStream } from "./api/live-stream.js";
import { ChaosPanel } from "./app/chaos-panel.js";
import { handleShortcuts, showShortcuts } from "./app/keyboard.js";
import { attachMenu } from "./app/menu.js";
import { formatRoute, listFilter, parseRoute } from "./app/route.js";
import { playSampleConversation } from "./app/sample-conversation.js";
import { TopBar } from "./app/top-bar.js";
import { updateWriteErrorBanner } from "./app/write-error-banner.js";
import { ChatStore } from "./chat/chat-store.js";
import { ChatView } from "./chat/chat-view.js";
import { DetailView } from "./detail/detail-view.js";
import { ListStore } from "./list/list-store.js";
import { ListView } from "./list/list-view.js";
import { NumbersView } from "./numbers/numbers-view.js";
import { selectsEvents } from "./search/terms.js";
import { byId } from "./ui/dom.js";
import { announceEvents, showToast } from "./ui/toasts.js";
import * as settings from "./util/settings.js";

const columns = byId("columns");
const wideLayout = matchMedia("(min-width: 1101px)");
const now = () => Date.now();
/// The address to which clients send events.
const origin = api.pageUrl().replace(/\/$/, "");

// ── Top bar ──

const topBar = new TopBar(byId("top-bar"), {
  togglePause: () => togglePause(),
  toggleNumbers: () => navigate(route.view === "numbers" ? {} : { view: "numbers" }),
});

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
    // A search may find no conversation although there are some.
    const isHidden = listStore.isFiltered && state.conversations > 0;
    chat.hasConversations =
      list.virtualList.rows.length > 0 || listStore.items.length > 0 || isHidden;
    list.render();
  }
  if (parts.has("chat") || parts.has("list")) chat.render(listStore.get(chatStore.id));
  if (parts.has("state") || parts.has("list")) topBar.setTotals(state);
  if (parts.has("state")) {
    updateWriteErrorBanner(byId("write-error-banner"), state);
    topBar.setForwarding(state.forward);
  }
}

const listStore = new ListStore(() => scheduleRender("list"));
const chatStore = new ChatStore(
  () => scheduleRender("chat"),
  (error) => showToast(error.message, { isError: true }),
);

const chaosPanel = new ChaosPanel(topBar.chaosButton, byId("chaos-banner"));
const list = new ListView(byId("list"), listStore, {
  onOpen: (id) => navigate({ conversation: id }, { focus: true }),
  onFilter: (filter) => setFilter(filter),
  onPlay: () => playSample(),
  now,
  origin,
});
const chat = new ChatView(byId("chat"), chatStore, {
  onSelect: (seq) => navigate({ conversation: chatStore.id, seq }),
  onBack: () => back("chat"),
  onFind: (find) => setFind(find),
  onPlay: () => playSample(),
  onCopied: (id) => navigate({ conversation: id }),
  origin,
});
const numbers = new NumbersView(byId("numbers"), {
  onBack: () => back("numbers"),
  onFilter(filter) {
    list.discardTyping();
    // In the single-column layout, the list replaces the figures.
    const view = columns.clientWidth <= 680 ? undefined : "numbers";
    navigate({ ...filter, ended: undefined, view });
  },
  filterUrl: (q) => formatRoute({ q }) || "#",
  onPlay: () => playSample(),
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

let route = parseRoute("");

/// Opens a conversation or an event, or closes both, and updates the URL. The filters of the list stay
/// unless `change` contains others. What is found in a conversation stays while it is open.
function navigate(change, { focus = false, replace = false } = {}) {
  const find = change.conversation === route.conversation ? route.find : undefined;
  const target = { ...listFilter(route), find, ...change };
  const address = formatRoute(target) || location.pathname;
  const isCurrent = formatRoute(target) === formatRoute(route);
  // Moving to another event replaces the history entry, so that the back button closes the event
  // instead of stepping through all visited events.
  const isOtherEvent =
    target.conversation === route.conversation &&
    target.seq !== undefined &&
    route.seq !== undefined &&
    target.seq !== route.seq;
  if (!isCurrent)
    history[replace || isOtherEvent ? "replaceState" : "pushState"](null, "", address);
  return applyRoute(target, { focus });
}

async function applyRoute(target, { focus = false } = {}) {
  const previous = route;
  route = target;
  const { conversation, seq, view } = target;
  listStore.setFilter(listFilter(target));
  list.setSearch(target.q, { isNew: target.q !== previous.q });
  columns.dataset.view = view ?? (conversation === undefined ? "list" : "chat");
  topBar.setNumbersOpen(view === "numbers");
  if (view === "numbers") numbers.open();
  else numbers.close();
  columns.toggleAttribute("data-detail-open", seq !== undefined);
  list.setSelected(conversation);
  if (conversation === undefined) chatStore.close();
  else if (conversation !== previous.conversation) {
    chat.reset();
    if (seq !== undefined) chat.following = false;
    await chatStore.open(conversation, seq);
  }
  if (route !== target) return;
  updateFind();
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

let found = {};

/// Finds the text of the route in the open conversation: the text of the find bar or else the search
/// of the list.
function updateFind() {
  const { conversation, seq, q } = route;
  const searched = selectsEvents(q) ? q : "";
  const query = conversation === undefined ? "" : (route.find ?? searched);
  if (found.conversation === conversation && found.query === query) return;
  found = { conversation, query };
  chat.setFind(query, { current: seq, isGoing: seq === undefined });
}

/// Finds a text in the open conversation. An empty text also ends the search for `q` in it.
function setFind(text) {
  const { conversation, seq, q } = route;
  const find = text === q ? undefined : text;
  // While a text is typed, it remains one step of the history.
  navigate({ conversation, seq, find }, { replace: Boolean(text && route.find) });
}

/// Changes the filters of the list.
function setFilter(filter) {
  const { conversation, seq, view } = route;
  // While a search is typed, it remains one step of the history.
  const replace = filter.q !== undefined && filter.q !== "" && route.q !== "";
  navigate({ conversation, seq, view, ...filter }, { replace });
}

function back(from) {
  if (from === "detail" || (from === undefined && route.seq !== undefined)) {
    const { seq } = route;
    navigate({ conversation: route.conversation });
    chat.focusEvent(seq);
    return;
  }
  if (route.view === "numbers") {
    navigate({});
    topBar.numbersButton.focus();
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
    numbers.refresh();
    announceEvents(events.length);
  },
  missed(gaps) {
    listStore.load({ quiet: true });
    numbers.refresh();
    // Keep the scroll position of a user who has scrolled back. Otherwise, reload at the end.
    if (chat.isScrolledBack) chatStore.addGaps(gaps);
    else reopen();
  },
  restarted() {
    detail.clear();
    if (route.seq !== undefined) navigate({ conversation: route.conversation }, { replace: true });
    listStore.load();
    numbers.refresh();
    chat.reset();
    reopen();
  },
  deleted({ conversation, upTo }) {
    listStore.remove(conversation, upTo);
    numbers.refresh();
    if (route.conversation !== conversation) return;
    // Events that arrived after the deletion form a new conversation.
    if ((chatStore.events.at(-1)?.seq ?? 0) > upTo) reopen();
    else {
      navigate({}, { replace: true });
      showToast("This conversation was deleted");
    }
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

/// Opens the next event with a problem, in the open conversation or else in the newest conversation
/// that has one.
async function goToNextProblem() {
  try {
    if (!chatStore.isOpen) {
      const { conversations } = await api.listConversations({ problems: 1, limit: 10 });
      const withEvent = conversations.find(({ problems }) => problems > 0);
      if (withEvent === undefined) showToast("No event has a problem");
      else {
        await navigate({ conversation: withEvent.id });
        await goToNextProblem();
      }
      return;
    }
    const { conversation } = route;
    const seq = await chat.nextProblem();
    if (route.conversation !== conversation) return;
    if (seq === undefined) {
      showToast("No event of this conversation has a problem");
      return;
    }
    await chat.showEvent(seq);
    chat.focusEvent(seq);
    navigate({ conversation, seq });
  } catch (error) {
    showToast(error.message, { isError: true });
  }
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
  nextProblem: () => goToNextProblem(),
  search() {
    if (columns.clientWidth <= 680) navigate({});
    list.search.focus();
    list.search.select();
  },
  find: () => chat.openFind(),
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
  // If the address contains filters, following it loads the list.
  const target = parseRoute(location.hash);
  const isFiltered = listFilter(target).q !== "" || target.problems || target.ended !== undefined;
  await Promise.all([isFiltered ? undefined : listStore.load(), followAddress()]);
  scheduleRender("list");
  scheduleRender("state");
}

scheduleRender("list");
start();
