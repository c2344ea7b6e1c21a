import { Elapsed, formatNumber, locale } from '@godwit/kit';
import type { ComponentChildren, JSX } from 'preact';

import { router } from '../../app';
import { t } from '../../i18n';
import { Filled } from './places';
import { ordinal, type Place, type Told } from './sentence';
import { ExactClock, formatMs, Until } from './time';

function drawn(place: Place): ComponentChildren {
  switch (place.kind) {
    case 'text':
      return <span class="wrap-anywhere">{place.text}</span>;
    case 'number':
      return formatNumber(place.value);
    case 'ordinal':
      return ordinal(place.value, locale.value);
    case 'duration':
      return formatMs(place.ms);
    case 'queue':
      return <a href={router.href('queue', { name: place.id })}>{place.id}</a>;
    case 'key':
      return (
        <a class="wrap-anywhere" href={router.href('flowControlKey', { key: place.id })}>
          {place.id}
        </a>
      );
    case 'letter':
      return <a href={router.href('deadLetter', { id: place.id })}>{t('message.deadLetters')}</a>;
    case 'message':
      return (
        <a class="mono wrap-anywhere" href={router.href('message', { id: place.id })}>
          {place.id}
        </a>
      );
    case 'until':
      return <Until at={place.at} />;
    case 'clock':
      return <ExactClock at={place.at} />;
    case 'since':
      return <Elapsed from={place.at} />;
  }
}

/** What `tell` tells, with its links and counting times. */
export function Sentence({ pieces }: { pieces: readonly Told[] }): JSX.Element {
  return (
    <>
      {pieces.map(({ text, count, places }) => (
        <Filled
          key={text}
          text={t.find(`message.${text}`, count === undefined ? {} : { count }) ?? ''}
          places={Object.fromEntries(Object.entries(places).map(([name, place]) => [name, drawn(place)]))}
        />
      ))}
    </>
  );
}
