// Zoom and pan of a picture in a frame, as a value. The picture is first shown whole, in the middle:
// scale 1, at 0/0. `x` and `y` are how far its middle is moved, in pixels of the frame.

export interface View {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const whole: View = { scale: 1, x: 0, y: 0 };
export const scaleMax = 8;

/** The size of `picture` when it is shown whole in `frame`; small ones are not blown up. */
export function fitted(picture: Size, frame: Size): Size {
  if (picture.width <= 0 || picture.height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(1, frame.width / picture.width, frame.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Keeps the picture's edges from coming further in than the frame's. */
export function clamped(view: View, shown: Size, frame: Size): View {
  const scale = Math.min(Math.max(view.scale, 1), scaleMax);
  const reach = (picture: number, room: number): number => Math.max(0, (picture * scale - room) / 2);
  const within = (value: number, limit: number): number => Math.min(Math.max(value, -limit), limit) + 0;
  return { scale, x: within(view.x, reach(shown.width, frame.width)), y: within(view.y, reach(shown.height, frame.height)) };
}

/** Zooms by `factor` so that what lies at `point` (from the frame's middle) stays there. */
export function zoomedAt(view: View, factor: number, point: { x: number; y: number }, shown: Size, frame: Size): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), scaleMax);
  const kept = scale / view.scale;
  return clamped({ scale, x: point.x - (point.x - view.x) * kept, y: point.y - (point.y - view.y) * kept }, shown, frame);
}

export function panned(view: View, dx: number, dy: number, shown: Size, frame: Size): View {
  return clamped({ ...view, x: view.x + dx, y: view.y + dy }, shown, frame);
}

/** What a double click does: to the picture's own pixels (at least twofold), or back to the whole. */
export function toggledAt(view: View, point: { x: number; y: number }, picture: Size, shown: Size, frame: Size): View {
  if (view.scale > 1) return whole;
  const natural = shown.width > 0 ? picture.width / shown.width : 1;
  return zoomedAt(view, Math.max(2, natural), point, shown, frame);
}
