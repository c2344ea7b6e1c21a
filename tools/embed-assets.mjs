#!/usr/bin/env node
// Turns a directory of web files into C++: all their bytes in one blob, and a table of what lies where.
//
//   tools/embed-assets.mjs DIRECTORY SYMBOL OUTPUT_DIRECTORY
//
// OUTPUT_DIRECTORY gets SYMBOL.blob, SYMBOL.cpp and SYMBOL.h, which declares `AssetSet SYMBOL()`. Each file
// is there as it is and, where that is smaller by a tenth, compressed with gzip and brotli at their best.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative, resolve, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/// Vite names what it hashes `name-HASH.ext`, below assets/.
const hashed = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;

function stop(message) {
  console.error(`embed-assets: ${message}`);
  process.exit(1);
}

const [directory, symbol, output] = process.argv.slice(2);
if (output === undefined) stop('write DIRECTORY SYMBOL OUTPUT_DIRECTORY');
if (!/^[a-z][a-z0-9_]*$/.test(symbol)) stop(`${symbol} is no name for a function`);

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

const pieces = [];
let size = 0;
/// Appends bytes to the blob; the C++ text that stands for them.
function place(bytes) {
  if (bytes === null) return '{}';
  const text = `{blob + ${size}, ${bytes.length}}`;
  pieces.push(bytes);
  size += bytes.length;
  return text;
}

function smaller(compressed, bytes) {
  return compressed.length <= bytes.length * 0.9 ? compressed : null;
}

function urlOf(file) {
  const url = '/' + relative(directory, file).split(sep).join('/');
  // Browsers differ in what they escape; these nobody does.
  if (!/^[A-Za-z0-9._/-]+$/.test(url)) stop(`${file}: a name may have letters, digits, dots and dashes`);
  return url;
}
const files = filesIn(directory).map((file) => ({ file, url: urlOf(file) }));
if (files.length === 0) stop(`${directory} is empty`);
// By bytes, as the lookup compares.
files.sort((a, b) => Buffer.compare(Buffer.from(a.url), Buffer.from(b.url)));

const rows = files.map(({ file, url }) => {
  const type = types[extname(file)];
  if (type === undefined) stop(`${file}: no content type is known for ${extname(file) || 'no extension'}`);
  const bytes = readFileSync(file);
  const gzip = smaller(gzipSync(bytes, { level: 9 }), bytes);
  const brotli = smaller(
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    bytes,
  );
  const etag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return `    Asset{.path = ${JSON.stringify(url)},
          .content_type = ${JSON.stringify(type)},
          .identity = ${place(bytes)},
          .gzip = ${place(gzip)},
          .brotli = ${place(brotli)},
          .etag = ${JSON.stringify(etag)},
          .immutable = ${hashed.test(url)}},`;
});

const blob = resolve(output, `${symbol}.blob`);
// An empty file among the last has no bytes to point at: one byte more lets every pointer be valid.
writeFileSync(blob, Buffer.concat([...pieces, Buffer.alloc(1)]));

writeFileSync(
  join(output, `${symbol}.h`),
  `// Made by tools/embed-assets.mjs.
#pragma once
#include "assets/assets.h"

namespace godwit {
AssetSet ${symbol}();
}  // namespace godwit
`,
);

writeFileSync(
  join(output, `${symbol}.cpp`),
  `// Made by tools/embed-assets.mjs.
#include "assets/${symbol}.h"

#include <array>

__asm__(
    ".pushsection .rodata.${symbol}_blob,\\"a\\",@progbits\\n"
    ".balign 64\\n"
    ".globl ${symbol}_blob\\n"
    ".hidden ${symbol}_blob\\n"
    "${symbol}_blob:\\n"
    ".incbin " ${JSON.stringify(JSON.stringify(blob))} "\\n"
    ".popsection\\n");

extern "C" const char ${symbol}_blob[${size + 1}] __attribute__((visibility("hidden")));

namespace godwit {
namespace {

constexpr const char* blob = ${symbol}_blob;

constexpr std::array<Asset, ${rows.length}> files{
${rows.join('\n')}
};

}  // namespace

AssetSet ${symbol}() { return AssetSet(files); }

}  // namespace godwit
`,
);
