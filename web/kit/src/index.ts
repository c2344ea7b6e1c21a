// The kit of Godwit's pages: one way to do each thing.

export * from './core/api';
export * from './core/clock';
export * from './core/events';
export { recall, remember } from './core/memory';
export * from './core/poll';
export * from './core/router';
export * from './core/shortcuts';
export * from './core/theme';
export * from './language/format';
export * from './language/i18n';
export * from './language/locale';
export { texts } from './texts';
export * from './ui/controls/button';
export * from './ui/controls/copy';
export {
  Checkbox,
  focusAtFirst,
  NumberInput,
  Select,
  Switch,
  TextArea,
  TextInput,
  type FieldFrame,
  type SelectOption,
} from './ui/controls/field';
export * from './ui/controls/form';
export * from './ui/controls/secret';
export * from './ui/controls/tabs';
export * from './ui/display/display';
export * from './ui/display/icons';
export * from './ui/display/rich';
export * from './ui/display/table';
export * from './ui/display/time';
export * from './ui/display/virtual';
export { hurried } from './ui/display/hurry';
export { confirm, Dialog, promptText, type DialogProps, type Question } from './ui/overlay/dialog';
export * from './ui/overlay/menu';
export { showPalette, showShortcuts, useCommands, type Command } from './ui/overlay/palette';
export { toast, toastError, type ToastOptions } from './ui/overlay/toast';
export * from './ui/shell/hooks';
export * from './ui/shell/shell';
