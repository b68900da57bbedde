// Shoelace: web components, everything in open shadow roots.
import theme from '@shoelace-style/shoelace/dist/themes/light.css';
import { get } from './component_page.js';
import '@shoelace-style/shoelace/dist/components/alert/alert.js';
import '@shoelace-style/shoelace/dist/components/button/button.js';
import '@shoelace-style/shoelace/dist/components/checkbox/checkbox.js';
import '@shoelace-style/shoelace/dist/components/details/details.js';
import '@shoelace-style/shoelace/dist/components/dialog/dialog.js';
import '@shoelace-style/shoelace/dist/components/dropdown/dropdown.js';
import '@shoelace-style/shoelace/dist/components/input/input.js';
import '@shoelace-style/shoelace/dist/components/menu/menu.js';
import '@shoelace-style/shoelace/dist/components/menu-item/menu-item.js';
import '@shoelace-style/shoelace/dist/components/option/option.js';
import '@shoelace-style/shoelace/dist/components/range/range.js';
import '@shoelace-style/shoelace/dist/components/rating/rating.js';
import '@shoelace-style/shoelace/dist/components/select/select.js';
import '@shoelace-style/shoelace/dist/components/switch/switch.js';
import '@shoelace-style/shoelace/dist/components/tab/tab.js';
import '@shoelace-style/shoelace/dist/components/tab-group/tab-group.js';
import '@shoelace-style/shoelace/dist/components/tab-panel/tab-panel.js';

document.head.append(Object.assign(document.createElement('style'), { textContent: theme }));
document.getElementById('root').innerHTML = `
  <section>
    <sl-button id="asks">Ask</sl-button> <sl-button id="says">Say</sl-button> <sl-button id="dead">Do nothing</sl-button>
    <sl-button id="off" disabled>Not now</sl-button> <sl-button id="open">Open the dialog</sl-button>
    <sl-dropdown><sl-button id="menu" slot="trigger" caret>Options</sl-button>
      <sl-menu><sl-menu-item id="copy">Copy it</sl-menu-item><sl-menu-item id="rename">Rename it</sl-menu-item></sl-menu></sl-dropdown>
  </section>
  <section style="max-width: 20rem">
    <sl-input id="name" label="Name"></sl-input> <sl-input id="pass" type="password" label="Password"></sl-input>
    <sl-select id="colour" label="Colour" value="red"><sl-option value="red">red</sl-option><sl-option id="blue" value="blue">blue</sl-option></sl-select>
    <sl-checkbox id="gift">As a gift</sl-checkbox> <sl-switch id="fast">Fast</sl-switch>
    <sl-range id="range" label="Volume"></sl-range> <sl-rating id="stars" label="Stars"></sl-rating>
  </section>
  <sl-tab-group><sl-tab slot="nav" panel="one" id="tab-one">Tab one</sl-tab><sl-tab slot="nav" panel="two" id="tab-two">Tab two</sl-tab>
    <sl-tab-panel name="one">Words of one.</sl-tab-panel><sl-tab-panel name="two">Words of two.</sl-tab-panel></sl-tab-group>
  <sl-details id="question" summary="A question">An answer.</sl-details>
  <sl-dialog id="dialog" label="A dialog"><sl-button id="accept" slot="footer">Accept</sl-button></sl-dialog>
  <p id="said">Nothing yet</p>`;

const $ = (id) => document.getElementById(id);
const say = (text) => ($('said').textContent = text);
$('asks').addEventListener('click', () => get().then(() => say(`asked ${Math.random()}`)));
$('says').addEventListener('click', () => say(`said ${Math.random()}`));
$('dead').addEventListener('click', () => {});
$('open').addEventListener('click', () => $('dialog').show());
$('accept').addEventListener('click', () => get().then(() => $('dialog').hide()));
