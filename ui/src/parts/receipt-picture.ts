/* 存图: the receipt as a picture in the phone's album, drawn from the same facts as the page. */
import { dayWords, momentWords } from '../base/day';
import { session } from '../base/session';
import type { CaseView } from '../base/types';
import type { KeptReceipt } from '../filing/submit';
import { w } from '../words/words';
import { qrMatrix } from './qr';

const WIDTH = 720, MARGIN = 48, QR = 320;

export async function savePicture(stub: KeptReceipt, view: CaseView | null): Promise<void> {
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = 980;
  draw(canvas.getContext('2d')!, stub, view);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${stub.ref}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function draw(pen: CanvasRenderingContext2D, stub: KeptReceipt, view: CaseView | null): void {
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, WIDTH, 980);
  const by = view?.promised_on || view?.due_on;
  let y = line(pen, `700 52px`, '#1b2733', view?.sentence || w('case.received'), 100);
  if (by) y = line(pen, '400 34px', '#4a5a68', w('case.by', { day: dayWords(by) }), y + 20);
  drawQr(pen, stub.qr, MARGIN, y + 20);
  pen.textAlign = 'left';
  text(pen, '400 30px', '#4a5a68', w('case.code'), MARGIN + QR + 24, y + 110);
  text(pen, '700 54px', '#1b2733', stub.code, MARGIN + QR + 24, y + 180);
  y += QR + 90;
  const phone = view?.phone || session.peek().tenant.phone;
  const rows = [stub.title, `${w('case.ref')}  ${stub.ref}`, `${w('case.sent')}  ${momentWords(stub.received_at)}`, phone && `${w('case.phone')}  ${phone}`, session.peek().tenant.name];
  for (const row of rows) if (row) y = line(pen, '400 34px', '#1b2733', row, y + 10);
}

function text(pen: CanvasRenderingContext2D, font: string, colour: string, words: string, x: number, y: number): void {
  pen.font = `${font} "Noto Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif`;
  pen.fillStyle = colour;
  pen.fillText(words, x, y, WIDTH - x - MARGIN / 2);
}

function line(pen: CanvasRenderingContext2D, font: string, colour: string, words: string, y: number): number {
  text(pen, font, colour, words, MARGIN, y);
  return y + 50;
}

function drawQr(pen: CanvasRenderingContext2D, code: string, left: number, top: number): void {
  const { size, isDark } = qrMatrix(code);
  const cell = Math.floor(QR / size);
  pen.fillStyle = '#1b2733';
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) if (isDark(row, column)) pen.fillRect(left + column * cell, top + row * cell, cell, cell);
}
