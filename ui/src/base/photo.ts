/* Photographs are made small on the phone: long side 2048 px at most, JPEG, upright. Drawing them
 * anew drops EXIF, and with it the place where they were taken. */
const LONG_SIDE = 2048;
const GOAL = 500 * 1024;

export async function shrinkPhoto(file: Blob): Promise<Blob> {
  if (file.type === 'application/pdf') return file;
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  for (const quality of [0.85, 0.7, 0.55]) {
    const photo = await toJpeg(canvas, quality);
    if (photo.size <= GOAL || quality === 0.55) return photo;
  }
  return file;
}

const toJpeg = (canvas: HTMLCanvasElement, quality: number): Promise<Blob> =>
  new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('photo'))), 'image/jpeg', quality));
