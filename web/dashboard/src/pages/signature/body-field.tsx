import { Button, formatBytes, Segmented, TextArea, toastError } from '@godwit/kit';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { base64Of } from '../../code/plain-code';
import { t } from '../../i18n';
import { isBase64, type BodyKind, type Pasted } from './question';

/** What one request of the dashboard may carry, in base64, with room for the rest. */
const fileBytesMax = 8 * 1024 * 1024;

/** The body as text, in base64, or from a file. */
export function BodyField({ pasted, set }: { pasted: Pasted; set: (change: Partial<Pasted>) => void }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File): Promise<void> => {
    if (file.size > fileBytesMax) {
      toastError(t('signature.bodyFileTooLarge', { size: formatBytes(fileBytesMax) }));
      return;
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      set({ file: { name: file.name, bytes: bytes.length, base64: base64Of(bytes) } });
    } catch (error) {
      toastError(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div class="stack stack-small">
      <div class="field-head">
        <span class="field-label">{t('signature.bodyAs')}</span>
        <Segmented<BodyKind>
          label={t('signature.bodyAs')}
          value={pasted.bodyKind}
          options={[
            { value: 'text', label: t('signature.bodyText') },
            { value: 'base64', label: t('signature.bodyBase64') },
            { value: 'file', label: t('signature.bodyFile') },
          ]}
          onChange={(bodyKind) => set({ bodyKind })}
        />
      </div>
      {pasted.bodyKind === 'text' && <TextArea label={t('signature.bodyTextLabel')} hideLabel hint={t('signature.bodyTextHint')} name="body" mono rows={8} value={pasted.text} onChange={(text) => set({ text })} />}
      {pasted.bodyKind === 'base64' && (
        <TextArea
          label={t('signature.bodyBase64Label')}
          hideLabel
          name="base64"
          mono
          rows={8}
          value={pasted.base64}
          error={isBase64(pasted.base64) ? null : t('signature.bodyBase64Wrong')}
          onChange={(base64) => set({ base64 })}
        />
      )}
      {pasted.bodyKind === 'file' && (
        <div class="row">
          <input
            ref={input}
            class="visually-hidden"
            type="file"
            tabIndex={-1}
            aria-label={t('signature.bodyFileLabel')}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void take(file);
              // The same file may be chosen again, after it has changed.
              event.currentTarget.value = '';
            }}
          />
          <Button icon="upload" onClick={() => input.current?.click()}>
            {t('signature.bodyFileChoose')}
          </Button>
          {pasted.file && <span class="text-soft text-small wrap-anywhere">{t('signature.bodyFileSize', { name: pasted.file.name, size: formatBytes(pasted.file.bytes) })}</span>}
        </div>
      )}
    </div>
  );
}
