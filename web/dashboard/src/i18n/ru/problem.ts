import type { Translation } from '@godwit/kit';

import type { problem as source } from '../en/problem';

export const problem: Translation<typeof source> = {
  network: 'Сервер не отвечает.',
  not_json: 'Сервер ответил не в формате JSON.',
  unauthenticated: 'Сеанс закончился: войдите снова.',
  wrong_token: 'Такого токена у этого брокера нет.',
  too_many_logins: 'Слишком много попыток: подождите минуту.',
  read_only: 'Этот токен только для чтения.',
  csrf: 'Страница старше сеанса: перезагрузите её.',
  unavailable: 'Брокер сейчас не может на это ответить.',
  not_found: 'Этого здесь больше нет.',
};
