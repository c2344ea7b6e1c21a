export { GenerationPage } from './generation/generation-page';
