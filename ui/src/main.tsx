import { render } from 'preact';
import { App } from './app';
import { isKiosk } from './base/kiosk';
import { startNet } from './base/net';
import { startRoutes } from './base/route';
import { startShell } from './base/shell';
import { readSession } from './base/session';
import { startVoices } from './base/speak';
import { startLanguage } from './base/words';
import { readServices } from './screens/home';
import './style/base.css';
import './style/flow.css';

startRoutes();
startNet();
startVoices();
void readSession();
void readServices();
void startLanguage().then(() => {
  const place = document.getElementById('app')!;
  place.textContent = '';
  render(<App />, place);
});

if ('serviceWorker' in navigator && !isKiosk && import.meta.env.PROD) startShell();
