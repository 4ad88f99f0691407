/** The machine in the hall (?kiosk=1): larger, keeps nothing, wipes itself when nobody is there. */
export const isKiosk = new URLSearchParams(location.search).get('kiosk') === '1';
