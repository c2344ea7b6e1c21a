// OpenAI's side: responses, chat completions, images and models, with the errors that it gives.
import { createHash } from 'node:crypto';

import { png } from './png.mjs';

const models = ['gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5-mini', 'gpt-4.1-mini', 'gpt-4o-mini'];
const imageModels = ['gpt-image-2', 'gpt-image-1.5', 'gpt-image-1', 'gpt-image-1-mini'];

function openaiError(
  status,
  message,
  { type = 'invalid_request_error', code = null, param = null, headers } = {},
) {
  return { status, json: { error: { message, type, param, code } }, headers };
}

/** Why a schema breaks the rules of strict output; undefined: it keeps them. */
function schemaFault(schema, at = '()') {
  if (schema.type === 'object') {
    if (schema.additionalProperties !== false)
      return `In context=${at}, 'additionalProperties' is required to be supplied and to be false.`;
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      if (!schema.required?.includes(name))
        return `In context=${at}, 'required' is required to include every key: missing '${name}'.`;
      const fault = schemaFault(inner, `${at}.${name}`);
      if (fault) return fault;
    }
  }
  if (schema.type === 'array')
    return schema.items
      ? schemaFault(schema.items, `${at}[]`)
      : `In context=${at}, array schema missing items.`;
  return undefined;
}

/** Something that fits the schema, the same for the same text. */
function fitting(schema, text, count) {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  const hash = createHash('sha256').update(text).digest();
  if (schema.enum) return schema.enum[hash[0] % schema.enum.length];
  if (type === 'object') {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, inner]) => [
        name,
        fitting(inner, `${text} ${name}`, count),
      ]),
    );
  }
  if (type === 'array')
    return Array.from({ length: count }, (_, i) => fitting(schema.items, `${text} ${i}`, count));
  if (type === 'integer' || type === 'number') return hash[1];
  if (type === 'boolean') return hash[1] % 2 === 0;
  return `${['misty', 'golden', 'quiet', 'northern', 'stormy'][hash[0] % 5]} ${hash.toString('hex').slice(0, 6)}`;
}

/** The last number from 1 to 100 in the text, which is how many values people ask for. */
const wantedCount = (text) => Number((text.match(/\b([1-9]\d?|100)\b/g) ?? ['5']).at(-1));

const rateHeaders = (world) => ({
  'x-request-id': 'req_standin',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': String(world.limit.limit || 500),
  'x-ratelimit-remaining-requests': '499',
  'x-ratelimit-reset-requests': '120ms',
});

function failure(wanted) {
  if (wanted['429']) {
    const seconds = Math.ceil((wanted['429'].ms ?? 1000) / 1000);
    return openaiError(429, 'Rate limit reached for requests per min (RPM).', {
      type: 'requests',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': String(seconds) },
    });
  }
  if (wanted['429quota'] || wanted['429day']) {
    return openaiError(
      429,
      'You exceeded your current quota, please check your plan and billing details.',
      {
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      },
    );
  }
  if (wanted['500'])
    return openaiError(500, 'The server had an error while processing your request.', {
      type: 'server_error',
      code: 'server_error',
    });
  if (wanted['503'])
    return openaiError(503, 'The server is overloaded.', {
      type: 'service_unavailable_error',
      code: 'server_is_overloaded',
    });
  if (wanted['504'] || wanted.html502)
    return { status: 502, text: '<html><h1>502 Bad Gateway</h1></html>', type: 'text/html' };
  if (wanted.badjson) return { status: 200, text: '{"id": "resp_', type: 'application/json' };
  return undefined;
}

function responses(request, wanted) {
  const { format } = request.text ?? {};
  if (format?.type === 'json_schema') {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(format.name ?? ''))
      return openaiError(400, "Missing required parameter: 'text.format.name'.", {
        param: 'text.format.name',
      });
    const fault = schemaFault(format.schema);
    if (fault)
      return openaiError(400, `Invalid schema for response_format: ${fault}`, {
        param: 'text.format.schema',
      });
  }
  const input = typeof request.input === 'string' ? request.input : JSON.stringify(request.input);
  const text = format?.schema
    ? JSON.stringify(fitting(format.schema, input, wantedCount(input)))
    : 'A sentence.';
  const block = wanted.refusal
    ? { type: 'refusal', refusal: "I'm sorry, but I can't help with that." }
    : {
        type: 'output_text',
        annotations: [],
        text: wanted.length ? text.slice(0, text.length / 2) : text,
      };
  return {
    status: 200,
    json: {
      id: 'resp_standin',
      object: 'response',
      created_at: 1795190400,
      status: wanted.length ? 'incomplete' : 'completed',
      error: null,
      incomplete_details: wanted.length ? { reason: 'max_output_tokens' } : null,
      model: request.model,
      output: [
        { id: 'rs_standin', type: 'reasoning', summary: [] },
        {
          id: 'msg_standin',
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [block],
        },
      ],
      usage: { input_tokens: 96, output_tokens: 88, total_tokens: 184 },
    },
  };
}

function chat(request, wanted) {
  const format = request.response_format?.json_schema;
  const fault = format?.schema && schemaFault(format.schema);
  if (fault)
    return openaiError(400, `Invalid schema for response_format: ${fault}`, {
      param: 'response_format',
    });
  const input = request.messages.map(({ content }) => content).join('\n');
  const text = format
    ? JSON.stringify(fitting(format.schema, input, wantedCount(input)))
    : 'A sentence.';
  const message = wanted.refusal
    ? { role: 'assistant', content: null, refusal: "I'm sorry, but I can't help with that." }
    : {
        role: 'assistant',
        content: wanted.length ? text.slice(0, text.length / 2) : text,
        refusal: null,
      };
  return {
    status: 200,
    json: {
      id: 'chatcmpl-standin',
      object: 'chat.completion',
      created: 1795190400,
      model: request.model,
      choices: [
        { index: 0, logprobs: null, finish_reason: wanted.length ? 'length' : 'stop', message },
      ],
      usage: { prompt_tokens: 90, completion_tokens: 80, total_tokens: 170 },
    },
  };
}

function images(request, wanted) {
  const sizes = {
    auto: [1024, 1024],
    '1024x1024': [1024, 1024],
    '1536x1024': [1536, 1024],
    '1024x1536': [1024, 1536],
  };
  const { size = 'auto', quality = 'auto', n = 1 } = request;
  if (!(size in sizes)) return openaiError(400, `Invalid value: '${size}'.`, { param: 'size' });
  if (!['auto', 'low', 'medium', 'high'].includes(quality))
    return openaiError(400, `Invalid value: '${quality}'.`, { param: 'quality' });
  if ('response_format' in request)
    return openaiError(400, "Unknown parameter: 'response_format'.", { param: 'response_format' });
  if (wanted.safety || wanted.block) {
    return openaiError(400, 'Your request was rejected by the safety system.', {
      type: 'image_generation_user_error',
      code: 'moderation_blocked',
    });
  }
  const [width, height] = sizes[size];
  return {
    status: 200,
    json: {
      created: 1795190400,
      background: 'opaque',
      output_format: 'png',
      quality,
      size,
      data: Array.from({ length: n }, (_, i) => ({
        b64_json: png(`${request.prompt} ${i}`, width, height).toString('base64'),
      })),
      usage: { input_tokens: 20, output_tokens: 1584, total_tokens: 1604 },
    },
  };
}

/** Answers a request to OpenAI's API. `world` as in gemini.mjs; `responses: false`: only chat. */
export function answerOpenai(world, { method, path, headers, body, at }) {
  const withHeaders = (answer) => ({
    ...answer,
    headers: { ...rateHeaders(world), ...answer.headers },
  });
  if (headers.authorization !== `Bearer ${world.key}`) {
    return withHeaders(
      openaiError(401, 'Incorrect API key provided: *****.', { code: 'invalid_api_key' }),
    );
  }
  const all = [...models, ...imageModels];
  const describe = (id) => ({ id, object: 'model', created: 1773700000, owned_by: 'openai' });
  if (method === 'GET' && path === '/v1/models') {
    return withHeaders({ status: 200, json: { object: 'list', data: all.map(describe) } });
  }
  const one = /^\/v1\/models\/([^/]+)$/.exec(path);
  const unknown = (model) =>
    openaiError(404, `The model '${model}' does not exist.`, {
      code: 'model_not_found',
      param: 'model',
    });
  if (method === 'GET' && one) {
    return withHeaders(
      all.includes(one[1]) ? { status: 200, json: describe(one[1]) } : unknown(one[1]),
    );
  }
  const answers = {
    '/v1/responses': world.responses ? responses : undefined,
    '/v1/chat/completions': chat,
    '/v1/images/generations': images,
  };
  const make = answers[path];
  if (method !== 'POST' || !make)
    return withHeaders(openaiError(404, `Invalid URL (${method} ${path})`));
  let request;
  try {
    request = JSON.parse(body);
  } catch {
    return withHeaders(openaiError(400, 'We could not parse the JSON body of your request.'));
  }
  if (!(make === images ? imageModels : models).includes(request.model))
    return withHeaders(unknown(request.model));
  const prompt =
    make === images ? request.prompt : JSON.stringify(request.input ?? request.messages);
  if (!prompt)
    return withHeaders(
      openaiError(400, 'Missing required parameter.', { code: 'missing_required_parameter' }),
    );
  const wanted = world.script.take(prompt);
  const call = world.record({
    api: make === images ? 'openai-images' : 'openai-text',
    prompt,
    model: request.model,
    at,
  });
  const wait = world.limit.take(at);
  const answer = wait
    ? openaiError(429, 'Rate limit reached for requests per min (RPM).', {
        type: 'requests',
        code: 'rate_limit_exceeded',
        headers: { 'retry-after': String(Math.ceil(wait / 1000)) },
      })
    : (failure(wanted) ?? make(request, wanted));
  return { ...withHeaders(answer), wanted, call };
}
