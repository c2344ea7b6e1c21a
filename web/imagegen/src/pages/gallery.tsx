export { GalleryPage } from './gallery/gallery-page';
