// SVG icons.

const SVG = "http://www.w3.org/2000/svg";

// The icons are drawn on a 16 × 16 grid with a stroke width of 1.5.
const ICONS = {
  logo: "M2.5 4.2a1.7 1.7 0 0 1 1.7-1.7h7.6a1.7 1.7 0 0 1 1.7 1.7v4.9a1.7 1.7 0 0 1-1.7 1.7H7.4L4.3 13.6v-2.8h-.1a1.7 1.7 0 0 1-1.7-1.7zM4.8 6.8h1.4l1-1.9 1.6 3.6 1-1.7h1.4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  back: "M9.5 3.5 5 8l4.5 4.5",
  down: "M8 3v9.5M4 8.7l4 4 4-4",
  up: "M8 12.5V3M4 7.3l4-4 4 4",
  chevron: "M6 4l4 4-4 4",
  check: "M3.5 8.5l3 3 6-7",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2v9.6L12.5 8z",
  bolt: "M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  help: "M6.2 6.2a1.9 1.9 0 1 1 2.7 1.7c-.6.3-.9.7-.9 1.4M8 11.6h.01M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
  copy: "M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z",
  tool: "M9.8 5.1a3 3 0 0 1 3.6-2.9l-1.9 1.9.4 1.3 1.3.4 1.9-1.9a3 3 0 0 1-4.1 3.4L6 12.3a1.6 1.6 0 1 1-2.3-2.3l5-5z",
  media:
    "M3.5 3h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM2.8 11.2l3-3 2.4 2.4 2.2-2.2 2.8 2.8M10.4 6.2h.01",
  component: "M2.5 2.5h4.5v4.5H2.5zM9 9h4.5v4.5H9zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5z",
  star: "M8 2.2l1.8 3.6 4 .6-2.9 2.8.7 4L8 11.3l-3.6 1.9.7-4L2.2 6.4l4-.6z",
  person:
    "M8 8.2a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.2c.5-2.2 2.5-3.4 5-3.4s4.500 1.200 5 3.400",
  page: "M4.500 2.500h5l3 3v8h-8zM9.500 2.500v3h3",
  group:
    "M6 7.500a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM2 12.800c.3-1.900 1.900-3 4-3s3.700 1.100 4 3M10.800 7.400a1.900 1.900 0 1 0-.6-3.700M11.600 9.700c1.400.3 2.300 1.300 2.500 2.800",
  alias:
    "M6.700 9.300a2.600 2.600 0 0 0 3.700 0l2.200-2.200a2.600 2.600 0 0 0-3.700-3.700l-.9.9M9.300 6.700a2.600 2.600 0 0 0-3.700 0L3.400 8.900a2.600 2.600 0 0 0 3.700 3.700l.9-.9",
  event: "M2.500 8h2.500l1.700-4 2.600 8L11 8h2.500",
  flag: "M4 14V2.500h7.500l-1.500 2.700L11.500 8H4",
  start: "M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM6.800 5.800v4.400L10.300 8z",
  outside: "M6.500 3h-3v10h3M9.500 5l3 3-3 3M12.200 8H6",
  warning: "M8 2.500l6 10.500H2zM8 6.500v3M8 11.200h.01",
  error: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.500M8 10.800h.01",
  note: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500V11M8 5.200h.01",
  rejected: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.800 3.800l8.400 8.400",
  export: "M8 2.500v7M5 6.700l3 3 3-3M3 11v2.500h10V11",
  import: "M8 9.700v-7M5 5.500l3-3 3 3M3 11v2.500h10V11",
  trash: "M3 4.500h10M6.500 4.500v-2h3v2M4.300 4.500l.6 9h6.200l.6-9M6.800 7v4M9.200 7v4",
  numbers: "M3 13V9M6.300 13V5.500M9.700 13V8M13 13V3",
  forward: "M2.500 8h9M8 4.300 11.700 8 8 11.700M14 3.500v9",
  share: "M8 9.500v-7M5.300 5 8 2.300 10.700 5M5 7.500H3.500v6h9v-6H11",
  again: "M12.800 6.500A5.200 5.200 0 1 0 13 9.500M13 3.200v3.500H9.500",
  filter: "M2.500 4h11M4.500 8h7M6.500 12h3",
  message:
    "M2.500 4.200a1.700 1.700 0 0 1 1.700-1.700h7.600a1.700 1.700 0 0 1 1.700 1.700v4.900a1.700 1.700 0 0 1-1.700 1.700H7.400L4.300 13.600v-2.800h-.1a1.700 1.700 0 0 1-1.700-1.700z",
};

/// Creates an icon. The icon is hidden from screen readers, so the control that contains it needs
/// an accessible name.
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
