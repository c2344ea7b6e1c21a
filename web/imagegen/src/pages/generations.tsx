export { GenerationsPage } from './generations/list-page';
