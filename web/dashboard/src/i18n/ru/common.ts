import type { Translation } from '@godwit/kit';

import type { common as source } from '../en/common';

export const common: Translation<typeof source> = {
  product: 'Godwit',
  cancel: 'Отмена',
  retry: 'Повторить',
  reload: 'Перезагрузить',
  goTo: 'Перейти',
  signOut: 'Выйти',
  version: 'Версия {version}',
  readOnly: 'Только чтение',
  offlineTitle: 'Сервер не отвечает. Страница продолжит сама, когда он вернётся.',
  loadFailedTitle: 'Не удалось загрузить',
  crashedTitle: 'Эта страница сломалась',
  crashedText: 'Остальная панель работает. Перезагрузите страницу.',
  notFoundTitle: 'Такой страницы нет',
  notFoundText: 'Возможно, в адресе опечатка или то, что здесь было, удалено.',
  toStart: 'К обзору',
  loginTitle: 'Вход',
  loginText: 'По токену этого брокера. Браузер хранит сеанс, а не токен.',
  loginToken: 'Токен',
  login: 'Войти',
  loginPublic: 'Войти с публичным токеном godwit dev',
};
