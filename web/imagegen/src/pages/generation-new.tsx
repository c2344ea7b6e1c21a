export { NewGenerationPage } from './generation-form/form-page';
