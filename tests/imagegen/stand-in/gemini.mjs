// Google's side: generateContent, predict and models, with the errors that it gives.
import { dimensions, png } from './png.mjs';

const ratios = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'];
const flashRatios = [...ratios, '1:4', '4:1', '1:8', '8:1'];
const models = {
  'gemini-3.1-flash-image': { ratios: flashRatios, sizes: ['512', '1K', '2K', '4K'] },
  'gemini-3.1-flash-lite-image': { ratios, sizes: ['1K'] },
  'gemini-3-pro-image': { ratios, sizes: ['1K', '2K', '4K'] },
};
const imagenRatios = ['1:1', '3:4', '4:3', '9:16', '16:9'];
const imageTokens = { 512: 747, '1K': 1120, '2K': 1680, '4K': 2520 };
const levels = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'];

const typeOf = (name) => `type.googleapis.com/google.rpc.${name}`;

export function googleError(code, status, message, details = []) {
  return {
    status: code,
    json: { error: { code, message, status, ...(details.length ? { details } : {}) } },
  };
}

const invalid = (message) => googleError(400, 'INVALID_ARGUMENT', message);

function badKey() {
  return googleError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
    { '@type': typeOf('ErrorInfo'), reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
  ]);
}

/** `quota`: the id of the limit that was passed. */
function exhausted(model, { quota, value, retryMs }) {
  const wait = `${retryMs / 1000}s`;
  return googleError(
    429,
    'RESOURCE_EXHAUSTED',
    'You exceeded your current quota, please check your plan and billing details.\n' +
      `* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_requests, limit: ${value}, model: ${model}\n` +
      `Please retry in ${wait}.`,
    [
      {
        '@type': typeOf('QuotaFailure'),
        violations: [
          {
            quotaMetric: 'generativelanguage.googleapis.com/generate_content_requests',
            quotaId: quota,
            quotaDimensions: { location: 'global', model },
            quotaValue: value,
          },
        ],
      },
      { '@type': typeOf('RetryInfo'), retryDelay: wait },
    ],
  );
}

const perMinute = 'GenerateRequestsPerMinutePerProjectPerModel';
const perDay = 'GenerateRequestsPerDayPerProjectPerModel';

/** The first member of `value` that is not among `known`. */
const unknownMember = (value, known) => Object.keys(value).find((name) => !known.includes(name));

function readGenerateContent(model, request) {
  const stranger = unknownMember(request, [
    'contents',
    'generationConfig',
    'safetySettings',
    'systemInstruction',
  ]);
  if (stranger) return { error: invalid(`Unknown name "${stranger}": Cannot find field.`) };
  const parts = request.contents?.flatMap(({ parts: inner }) => inner ?? []);
  const prompt = parts?.map(({ text }) => text ?? '').join('\n');
  if (!prompt)
    return { error: invalid('* GenerateContentRequest.contents: contents is not specified') };
  const config = request.generationConfig ?? {};
  const strange = unknownMember(config, [
    'responseModalities',
    'imageConfig',
    'thinkingConfig',
    'seed',
    'candidateCount',
    'maxOutputTokens',
  ]);
  if (strange) return { error: invalid(`Unknown name "${strange}" at 'generation_config'.`) };
  if (!config.responseModalities?.includes('IMAGE'))
    return { error: invalid('The response modality IMAGE is missing.') };
  const strangeImage = unknownMember(config.imageConfig ?? {}, ['aspectRatio', 'imageSize']);
  if (strangeImage)
    return {
      error: invalid(`Unknown name "${strangeImage}" at 'generation_config.image_config'.`),
    };
  const { aspectRatio = '1:1', imageSize = '1K' } = config.imageConfig ?? {};
  if (!models[model].ratios.includes(aspectRatio))
    return { error: invalid(`aspect_ratio ${aspectRatio} is not supported.`) };
  if (!models[model].sizes.includes(imageSize))
    return { error: invalid(`image_size ${imageSize} is not supported.`) };
  const level = config.thinkingConfig?.thinkingLevel;
  if (level !== undefined && !levels.includes(level))
    return { error: invalid(`Invalid value at thinking_level: ${level}`) };
  if (
    config.seed !== undefined &&
    !(Number.isInteger(config.seed) && Math.abs(config.seed) < 2 ** 31)
  ) {
    return { error: invalid('Invalid value at generation_config.seed (TYPE_INT32)') };
  }
  return { prompt, aspectRatio, imageSize, seed: config.seed };
}

const inline = (bytes, mimeType = 'image/png') => ({
  inlineData: { mimeType, data: bytes.toString('base64') },
});

function content(model, parts, { finishReason = 'STOP', tokens = 0, finishMessage } = {}) {
  return {
    status: 200,
    json: {
      candidates: [
        {
          ...(parts.length ? { content: { role: 'model', parts } } : {}),
          finishReason,
          ...(finishMessage ? { finishMessage } : {}),
          index: 0,
        },
      ],
      usageMetadata: {
        promptTokenCount: 14,
        candidatesTokenCount: tokens,
        totalTokenCount: 14 + tokens,
      },
      modelVersion: model,
      responseId: 'standin0000000',
    },
  };
}

/** The failures that both calls share; undefined: none was asked for. */
function failure(model, wanted) {
  if (wanted['429'])
    return exhausted(model, { quota: perMinute, value: '5', retryMs: wanted['429'].ms ?? 26_000 });
  if (wanted['429day']) return exhausted(model, { quota: perDay, value: '100', retryMs: 36_000 });
  if (wanted['429quota'])
    return exhausted(model, { quota: `${perDay}-FreeTier`, value: '0', retryMs: 30_000 });
  if (wanted['500'])
    return googleError(500, 'INTERNAL', 'An internal error has occurred. Please retry.');
  if (wanted['503'])
    return googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
  if (wanted['504'])
    return googleError(504, 'DEADLINE_EXCEEDED', 'The request timed out. Please try again.');
  if (wanted.html502)
    return { status: 502, text: '<html><h1>502 Bad Gateway</h1></html>', type: 'text/html' };
  if (wanted.badjson) return { status: 200, text: '{"candidates": [', type: 'application/json' };
  return undefined;
}

function generateContent(model, read, wanted) {
  const { prompt, aspectRatio, imageSize, seed } = read;
  const { width, height } = dimensions(aspectRatio, imageSize);
  const draw = (text) =>
    png(`${text} ${seed ?? ''}`, width, height, { noise: Boolean(wanted.hugeimage) });
  const tokens = imageTokens[imageSize];
  if (wanted.block) {
    return {
      status: 200,
      json: {
        promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
        usageMetadata: { promptTokenCount: 14 },
      },
    };
  }
  if (wanted.safety) {
    return content(model, [], {
      finishReason: 'IMAGE_SAFETY',
      finishMessage: 'The image was blocked for safety.',
    });
  }
  if (wanted.noimage) return content(model, [], { finishReason: 'NO_IMAGE' });
  if (wanted.textonly) return content(model, [{ text: 'I would rather describe it.' }]);
  const parts = [{ text: 'Here it is.' }];
  if (wanted.thought) parts.unshift({ thought: true, ...inline(draw(`draft of ${prompt}`)) });
  if (wanted.two) parts.push(inline(draw(`another of ${prompt}`)));
  parts.push(inline(draw(prompt), wanted.wrongmime ? 'image/jpeg' : 'image/png'));
  return content(model, parts, { tokens });
}

function predict(request, wanted) {
  const prompt = request.instances?.[0]?.prompt;
  if (!prompt) return invalid('instances[0].prompt is missing.');
  const parameters = request.parameters ?? {};
  const stranger = unknownMember(parameters, [
    'sampleCount',
    'aspectRatio',
    'sampleImageSize',
    'personGeneration',
    'safetySetting',
    'guidanceScale',
    'language',
    'includeRaiReason',
    'includeSafetyAttributes',
    'outputOptions',
  ]);
  if (stranger) return invalid(`${stranger} parameter is not supported in Gemini API.`);
  const { sampleCount = 4, aspectRatio = '1:1', sampleImageSize = '1K' } = parameters;
  if (!(sampleCount >= 1 && sampleCount <= 4))
    return invalid('sampleCount must be between 1 and 4.');
  if (!imagenRatios.includes(aspectRatio))
    return invalid(`aspectRatio ${aspectRatio} is not supported.`);
  if (!['1K', '2K'].includes(sampleImageSize))
    return invalid(`sampleImageSize ${sampleImageSize} is not supported.`);
  if (wanted.safety || wanted.block) {
    return {
      status: 200,
      json: {
        predictions: [{ raiFilteredReason: 'The image was filtered by the usage guidelines.' }],
      },
    };
  }
  if (wanted.noimage) return { status: 200, json: {} };
  const { width, height } = dimensions(aspectRatio, sampleImageSize);
  const predictions = Array.from({ length: sampleCount }, (_, i) => ({
    mimeType: 'image/png',
    bytesBase64Encoded: png(`${prompt} ${i}`, width, height).toString('base64'),
  }));
  return { status: 200, json: { predictions } };
}

const described = (name) => ({
  name: `models/${name}`,
  displayName: name,
  inputTokenLimit: 65536,
  outputTokenLimit: 32768,
  supportedGenerationMethods: ['generateContent', 'countTokens'],
});

/**
 * Answers a request to Google's API. `world`: {key, script, limit, imagen (whether it is still
 * there), record(call)}. Returns {status, json | text, type, wanted}.
 */
export function answerGemini(world, { method, path, headers, body, at }) {
  const key = headers['x-goog-api-key'];
  if (!key)
    return googleError(403, 'PERMISSION_DENIED', "Method doesn't allow unregistered callers.");
  if (key !== world.key) return badKey();
  const url = new URL(path, 'http://x');
  const listed = { ...models, ...(world.imagen ? { 'imagen-4.0-generate-001': {} } : {}) };
  if (method === 'GET' && url.pathname === '/v1beta/models') {
    return { status: 200, json: { models: Object.keys(listed).map(described) } };
  }
  const match = /^\/v1beta\/models\/([^/:]+)(?::(\w+))?$/.exec(url.pathname);
  const model = match?.[1];
  if (!match || !(model in listed)) {
    return googleError(
      404,
      'NOT_FOUND',
      `models/${model ?? ''} is not found for API version v1beta.`,
    );
  }
  if (method === 'GET') return { status: 200, json: described(model) };

  let request;
  try {
    request = JSON.parse(body);
  } catch {
    return invalid('Invalid JSON payload received.');
  }
  const isPredict = match[2] === 'predict';
  if (isPredict !== model.startsWith('imagen')) {
    return googleError(404, 'NOT_FOUND', `models/${model} does not support ${match[2]}.`);
  }
  const read = isPredict
    ? { prompt: request.instances?.[0]?.prompt }
    : readGenerateContent(model, request);
  if (read.error) return read.error;
  const wanted = world.script.take(read.prompt ?? '');
  const call = world.record({
    api: isPredict ? 'imagen' : 'gemini',
    prompt: read.prompt,
    model,
    at,
  });
  const wait = world.limit.take(at);
  const answer = wait
    ? exhausted(model, { quota: perMinute, value: String(world.limit.limit), retryMs: wait })
    : (failure(model, wanted) ??
      (isPredict ? predict(request, wanted) : generateContent(model, read, wanted)));
  return { ...answer, wanted, call };
}
