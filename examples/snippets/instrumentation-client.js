import './telemetry.js'; // Next.js runs this file in the browser alone, before the page becomes interactive
