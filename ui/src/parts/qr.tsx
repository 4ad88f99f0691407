/* A QR code as one SVG path. */
import qrcode from 'qrcode-generator';

export interface Matrix { size: number; isDark: (row: number, column: number) => boolean }

export function qrMatrix(text: string): Matrix {
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  return { size: code.getModuleCount(), isDark: (row, column) => code.isDark(row, column) };
}

export function Qr({ text, label }: { text: string; label: string }) {
  const { size, isDark } = qrMatrix(text);
  let path = '';
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) if (isDark(row, column)) path += `M${column} ${row}h1v1h-1z`;
  return (
    <svg viewBox={`-1 -1 ${size + 2} ${size + 2}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={path} fill="#1b2733" />
    </svg>
  );
}
