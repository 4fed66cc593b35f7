// Formats times, sizes, and counts. Pure functions.

const pad = (number, width = 2) => String(number).padStart(width, "0");

/// Formats a time relative to `now`: "just now", "12 s ago", "3 min ago", "5 h ago", or "2 d ago".
/// A future time becomes, for example, "in 3 min".
export function relativeTime(at, now) {
  const ms = now - at;
  if (!Number.isFinite(ms)) return "";
  const seconds = Math.floor(Math.abs(ms) / 1000);
  if (seconds < 2) return "just now";
  const text = compactDuration(seconds);
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

function compactDuration(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  const days = Math.floor(seconds / 86400);
  return days < 10_000_000 ? `${days} d` : "over 10,000,000 d";
}

/// Formats a time as "14:03:05.678", in the local time zone.
export function clockTime(at, withMillis = true) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const text = `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
  return withMillis ? `${text}.${pad(date.getMilliseconds(), 3)}` : text;
}

/// Formats a date as "2026-01-02", in the local time zone.
export function isoDate(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/// Formats a date as "Friday, January 2, 2026", in the local time zone.
export function longDate(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  return date.toLocaleDateString("en-US", {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
}

/// Formats a time as "2026-01-02 14:03:05.678 UTC+01:00", in the local time zone.
export function fullTimestamp(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "−" : "+";
  const zone =
    offset === 0
      ? "UTC"
      : `UTC${sign}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return `${isoDate(at)} ${clockTime(at)} ${zone}`;
}

/// Formats a duration, such as "312 ms", "4.20 s", or "3 min 20 s".
export function formatDuration(ms) {
  if (typeof ms !== "number" || !Number.isFinite(ms)) return "";
  const size = Math.abs(ms);
  const sign = ms < 0 ? "−" : "";
  if (size < 10 && !Number.isInteger(size)) return `${sign}${size.toFixed(1)} ms`;
  if (size < 1000) return `${sign}${Math.round(size)} ms`;
  if (size < 60_000) return `${sign}${(size / 1000).toFixed(size < 10_000 ? 2 : 1)} s`;
  if (size < 3_600_000) {
    return `${sign}${Math.floor(size / 60_000)} min ${Math.round((size % 60_000) / 1000)} s`;
  }
  return `${sign}${compactDuration(Math.floor(size / 1000))}`;
}

/// Formats the time since the previous event, such as "+0.4 s", "+12.3 s", or "+3 min 20 s".
export function formatElapsed(ms) {
  if (typeof ms !== "number" || !Number.isFinite(ms)) return "";
  const sign = ms < 0 ? "−" : "+";
  const size = Math.abs(ms);
  if (size === 0) return "+0 s";
  if (size < 60_000) return `${sign}${(size / 1000).toFixed(size < 95 ? 2 : 1)} s`;
  return `${sign}${formatDuration(size)}`;
}

/// Formats a size, such as "412 B" or "20.5 KB". A KB is 1,024 bytes, as in Segment's limits.
export function formatBytes(count) {
  if (typeof count !== "number" || !Number.isFinite(count)) return "";
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KB`;
  return `${(count / 1024 / 1024).toFixed(1)} MB`;
}

/// Formats a count, such as "9,999". From ten thousand on, the format is "12k" or "1.2M".
export function formatCount(number) {
  if (number < 10_000) return number.toLocaleString("en-US");
  if (number < 1_000_000) return `${Math.floor(number / 1000)}k`;
  return `${(number / 1_000_000).toFixed(1)}M`;
}

/// Returns the noun in the singular or plural, such as "event" for 1 and "events" for 2.
export const plural = (number, noun) => (number === 1 ? noun : `${noun}s`);
