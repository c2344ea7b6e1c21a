// Real pictures without a library: PNG with a palette, drawn from a hash of the text, so that a test
// knows which picture belongs to which prompt.
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

const crcTable = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function chunk(type, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < 8 + data.length; ++i) crc = (crc >>> 8) ^ crcTable[(crc ^ out[i]) & 0xff];
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 8 + data.length);
  return out;
}

/** `noise`: bytes that do not compress, for pictures as large as real ones. */
export function png(text, width, height, { noise = false } = {}) {
  const hash = createHash('sha256').update(text).digest();
  const palette = Buffer.alloc(256 * 3);
  for (let i = 0; i < 256; ++i) {
    for (let part = 0; part < 3; ++part) {
      const from = hash[part];
      const to = hash[part + 3];
      palette[i * 3 + part] = Math.round(from + ((to - from) * i) / 255);
    }
  }
  const rows = Buffer.alloc((width + 1) * height);
  let state = hash.readUInt32LE(8) | 1;
  const waves = 1 + (hash[6] % 5);
  for (let y = 0; y < height; ++y) {
    const at = y * (width + 1);
    if (noise) {
      for (let x = 1; x <= width; ++x) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        rows[at + x] = state >>> 24;
      }
    } else {
      const shade = 128 + 127 * Math.sin((y / height) * Math.PI * 2 * waves);
      rows.fill(Math.round(shade), at + 1, at + 1 + width);
      rows.fill(255 - Math.round(shade), at + 1 + (width >> 2), at + 1 + (width >> 1));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Width and height of an image of this ratio and size name (`512`, `1K`, `2K`, `4K`). */
export function dimensions(ratio, size) {
  const side = { 512: 512, '1K': 1024, '2K': 2048, '4K': 4096 }[size];
  const [across, down] = ratio.split(':').map(Number);
  const scale = side / Math.sqrt(across * down);
  return { width: Math.round(across * scale), height: Math.round(down * scale) };
}
